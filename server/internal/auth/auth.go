// Package auth opens sessions and finds out whose call it is. Its Interceptor
// stands before every handler; a handler asks Device or Any.
package auth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/chains"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

const (
	// DeviceLife is how long a device's session is good for.
	DeviceLife = 30 * 24 * time.Hour
	// maxSessions bounds the sessions of one keyholder; the oldest makes room.
	maxSessions = 32
	// RestrictedLife is how long any other session is good for.
	RestrictedLife = time.Hour
)

// Caller is whose call it is.
type Caller struct {
	Account account.ID
	// Keyholder is zero in a session that a password opened.
	Keyholder  account.KeyholderID
	Restricted bool
	// ReadOnly is a device of an account that was reset.
	ReadOnly bool
	// Chain is the account's, as it was when the call came in.
	Chain *account.Chain
}

// Auth checks sessions.
type Auth struct {
	Store  store.Store
	Chains *chains.Cache
	Now    func() time.Time
}

// Open stores a session for a keyholder, zero for one opened by a password, and
// returns its token and end.
func (a *Auth) Open(tx store.AccountTx, id account.ID, keyholder account.KeyholderID, restricted bool) (Token, uint64, error) {
	life := DeviceLife
	if restricted {
		life = RestrictedLife
	}
	readOnly, err := wasReset(tx)
	if err != nil {
		return Token{}, 0, err
	}
	t, now := NewToken(id), a.Now()
	s := store.Session{
		Hash: t.Hash(), Keyholder: keyholder, Restricted: restricted, ReadOnly: readOnly && !restricted,
		CreatedMS: uint64(now.UnixMilli()), ExpiresMS: uint64(now.Add(life).UnixMilli()),
	}
	if err := dropOldest(tx, keyholder); err != nil {
		return Token{}, 0, err
	}
	return t, s.ExpiresMS, tx.PutSession(s)
}

// dropOldest makes room for one more session of a keyholder.
func dropOldest(tx store.AccountTx, keyholder account.KeyholderID) error {
	all, err := tx.Sessions()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s store.Session) bool { return s.Keyholder != keyholder })
	for len(all) >= maxSessions {
		if err := tx.DropSession(all[0].Hash); err != nil {
			return err
		}
		all = all[1:]
	}
	return nil
}

var errNoSession = fail.Kind(fail.NoSession, "no valid session: sign in again")

// Check finds a token's session. A session dies with its keyholder: one that the
// chain has removed is refused at once.
func (a *Auth) Check(ctx context.Context, token string) (*Caller, error) {
	t, ok := parseToken(token)
	if !ok {
		return nil, errNoSession
	}
	c := &Caller{Account: t.account}
	var s store.Session
	err := a.Store.ViewAccount(ctx, t.account, func(v store.AccountView) (err error) {
		if s, err = v.Session(t.Hash()); err != nil {
			return err
		}
		c.Chain, err = a.Chains.At(v, t.account, s.ChainSeq)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && s.ExpiresMS <= uint64(a.Now().UnixMilli()) {
		return nil, errNoSession
	}
	if err != nil {
		return nil, err
	}
	c.Keyholder, c.Restricted, c.ReadOnly = s.Keyholder, s.Restricted, s.ReadOnly
	if !c.Keyholder.IsZero() && !c.Chain.ActiveAt(c.Keyholder, c.Chain.Head().Seq) {
		return nil, fail.Kind(fail.Removed, "this device or recovery method has been removed from the account")
	}
	return c, nil
}

// Request finds the session of a plain HTTP request, which must be a device's.
func (a *Auth) Request(r *http.Request) (*Caller, error) {
	c, err := a.Check(r.Context(), bearer(r.Header))
	if err == nil && c.Restricted {
		return nil, errRestricted
	}
	return c, err
}

func bearer(h http.Header) string {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

type callerKey struct{}

type found struct {
	caller *Caller
	err    error
}

// Interceptor finds the caller of each call. Whether there must be one is the
// handler's to say.
func (a *Auth) Interceptor() connect.Interceptor {
	return connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
			f := found{err: errNoSession}
			if token := bearer(req.Header()); token != "" {
				f.caller, f.err = a.Check(ctx, token)
			}
			if f.err == nil && f.caller != nil && f.caller.ReadOnly && writes[req.Spec().Procedure] {
				return nil, errWasReset
			}
			return next(context.WithValue(ctx, callerKey{}, f), req)
		}
	})
}

var errRestricted = fail.Kind(fail.Forbidden, "this session is only for recovery: sign in as a device")

// Any returns the caller of a call that any session may make.
func Any(ctx context.Context) (*Caller, error) {
	f, ok := ctx.Value(callerKey{}).(found)
	if !ok {
		return nil, errNoSession
	}
	return f.caller, f.err
}

// Device returns the caller of a call that needs a device's session.
func Device(ctx context.Context) (*Caller, error) {
	c, err := Any(ctx)
	if err == nil && c.Restricted {
		return nil, errRestricted
	}
	return c, err
}
