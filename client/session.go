package client

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// sessionState is the token that calls carry.
type sessionState struct {
	mu      sync.Mutex
	token   string
	expires time.Time
}

func (s *sessionState) get() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

func (s *sessionState) set(token string, expiresMS uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.expires = token, time.UnixMilli(int64(expiresMS))
}

// account returns the account service. Calls made through it sign in again
// once where the session is over.
func (e *Engine) account() wire.AccountClient { return wire.AccountClient{Doer: signedIn{e}} }

// chainsService returns the service that reads many chains at once.
func (e *Engine) chainsService() wire.ChainsClient { return wire.ChainsClient{Doer: signedIn{e}} }

// conversations returns the conversation service.
func (e *Engine) conversations() wire.ConversationClient {
	return wire.ConversationClient{Doer: signedIn{e}}
}

// signedIn is a Doer that signs the device in where the server asks for it.
type signedIn struct{ e *Engine }

// Do makes a call.
func (s signedIn) Do(ctx context.Context, procedure string, body []byte) ([]byte, error) {
	answer, err := s.e.transport.Do(ctx, procedure, body)
	kind, _ := fault.Refusal(err)
	if kind == wire.ErrorKindRemoved && s.e.self != nil {
		return nil, s.e.learnRemoved(ctx)
	}
	if kind != wire.ErrorKindNoSession || s.e.self == nil {
		return answer, err
	}
	if err := s.e.signIn(ctx, s.e.self.device, s.e.self.id, s.e.self.host); err != nil {
		return nil, err
	}
	if err := s.e.saveSession(ctx); err != nil {
		return nil, err
	}
	return s.e.transport.Do(ctx, procedure, body)
}

// serverNow is the time, by the server's clock where this device's was found to
// be wrong.
func (e *Engine) serverNow() time.Time { return e.cfg.Now().Add(e.skew) }

// measureSkew asks the server for its time and reports whether this device's
// clock was so far off that a call refused for its time may be tried again.
func (e *Engine) measureSkew(ctx context.Context) (off bool, err error) {
	info, err := wire.AccountClient{Doer: e.transport}.ServerInfo(ctx, &wire.ServerInfoRequest{})
	if err != nil {
		return false, fault.FromServer(err)
	}
	skew := time.UnixMilli(int64(info.TimeMs)).Sub(e.cfg.Now())
	off = (skew - e.skew).Abs() > time.Minute
	e.skew = skew
	return off, nil
}

// signIn opens a session for a keyholder. Where the server refuses it because
// this device's clock is wrong, it signs once more with the server's time: the
// host and the device's own nonce keep the signature from serving anybody else.
func (e *Engine) signIn(ctx context.Context, secret *account.KeyholderSecret, id account.ID, host account.Host) error {
	err := e.signInOnce(ctx, secret, id, host)
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindRemoved && e.self != nil && secret == e.self.device {
		return e.learnRemoved(ctx)
	}
	if kind, _ := fault.Refusal(err); kind != wire.ErrorKindInvalid {
		return fault.FromServer(err)
	}
	if off, skewErr := e.measureSkew(ctx); skewErr != nil || !off {
		return fault.FromServer(errors.Join(skewErr, err))
	}
	return fault.FromServer(e.signInOnce(ctx, secret, id, host))
}

func (e *Engine) signInOnce(ctx context.Context, secret *account.KeyholderSecret, id account.ID, host account.Host) error {
	nonce := make([]byte, 32)
	if _, err := io.ReadFull(e.cfg.Rand, nonce); err != nil {
		return fault.Failed(err, "no randomness")
	}
	proof, err := secret.SignIn(host, id, nonce, e.serverNow())
	if err != nil {
		return fault.Failed(err, "sign-in")
	}
	r, err := wire.AccountClient{Doer: e.transport}.SignIn(ctx, &wire.SignInRequest{SignIn: proof})
	if err != nil {
		return err
	}
	e.session.set(r.Token, r.ExpiresMs)
	return nil
}

func (e *Engine) saveSession(ctx context.Context) error {
	var b store.Batch
	v := syntax.AppendString(nil, e.session.token)
	b.Set(keySession.Bytes(), syntax.AppendUint64(v, uint64(e.session.expires.UnixMilli())))
	return e.apply(ctx, &b)
}

func (e *Engine) loadSession(ctx context.Context) error {
	v, err := e.get(ctx, keySession)
	if err != nil || v == nil {
		e.session.set("", 0)
		return err
	}
	r := syntax.NewReader(v)
	token, expires := r.String(), r.Uint64()
	if r.Done() == nil {
		e.session.set(token, expires)
	}
	return nil
}
