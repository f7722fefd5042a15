// Package convos is the conversation service: logs, epochs and deposits, and the
// public MLS groups that say who may read and write. Start with New.
//
// What a commit must keep to is decided by package convo, with the same code as
// in the clients; what the server adds is order: each entry is judged outside
// and appended in a transaction that checks that its place is still free.
package convos

import (
	"context"
	"errors"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/internal/lru"
	"github.com/coffer-chat/coffer/server/internal/rate"
	"github.com/coffer-chat/coffer/server/store"
)

const (
	// grace is for how long messages of the epoch before are accepted after a
	// harmless commit (DESIGN 5.2).
	grace = 30 * time.Second
	// groupCache bounds the memory of followed groups in bytes.
	groupCache = 12 << 20
)

// Service implements cofferv1connect.ConversationServiceHandler.
type Service struct {
	*env.Env
	groups               *lru.Cache[convo.ID, *followed]
	suites               *lru.Cache[convo.ID, uint16] // so that franks are made before the transaction
	heads                *lru.Cache[convo.ID, signedHead]
	post, commit, create *rate.Limiter
	ephemeral, sizes     *rate.Limiter
	leases               *leases
	summing              chan struct{} // has the one place for who sums up a log
}

var _ cofferv1connect.ConversationServiceHandler = (*Service)(nil)

// New returns the service.
func New(e *env.Env) *Service {
	return &Service{
		Env: e, groups: lru.New[convo.ID, *followed](groupCache), suites: lru.New[convo.ID, uint16](1 << 14), heads: lru.New[convo.ID, signedHead](1 << 14),
		post: rate.New(e.Limits.Post, e.Now), commit: rate.New(e.Limits.Commit, e.Now), create: rate.New(e.Limits.Create, e.Now),
		leases: newLeases(e.Now), ephemeral: rate.New(e.Limits.Ephemeral, e.Now),
		summing: make(chan struct{}, 1),
		sizes:   rate.New(rate.Rule{Burst: 2000, Every: 100 * time.Millisecond}, e.Now),
	}
}

// The refusals that several calls share.
var (
	errNoConversation = fail.Kind(fail.NotFound, "there is no such conversation, or the account is not in it")
	errLeft           = fail.Kind(fail.Removed, "the account has left the conversation or was removed from it")
	errNoLeaf         = fail.Kind(fail.Forbidden, "this device has not joined the conversation's group: join first")
	errWrongEpoch     = fail.Kind(fail.WrongEpoch, "the conversation has moved to another epoch: process its commits, and try again")
	errUncovered      = fail.Kind(fail.WrongEpoch, "somebody has left the conversation: process the entry, commit, and try again")
	errUnknownLog     = fail.Kind(fail.UnknownHead, "the entry names a head that the log lacks: read the log again")
	errUnknownChain   = fail.Kind(fail.UnknownHead, "the entry names a chain head that the server lacks: fetch the chain again")
	errTooOften       = "too many entries at once: wait"
)

// errBehind means that the caller's chain has grown since the call came in.
var errBehind = errors.New("convos: caller's chain has grown")

// begin finds the caller and the conversation of a call.
func begin(ctx context.Context, conversation []byte) (*auth.Caller, convo.ID, error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, convo.ID{}, err
	}
	id, err := convo.IDFromBytes(conversation)
	if err != nil {
		return nil, id, fail.Kind(fail.Malformed, "a conversation id has 32 bytes")
	}
	return caller, id, nil
}

// limited takes one from a limiter and size bytes from what the account may
// write.
func (s *Service) limited(l *rate.Limiter, id account.ID, size int) error {
	if wait, ok := l.Take(string(id[:]), 1); !ok {
		return fail.RetryAfter(wait, errTooOften)
	}
	return s.Write(id, size)
}

// participant returns an account's row, for one that takes part.
func participant(v store.ConversationView, id account.ID) (store.Participant, error) {
	p, err := reader(v, id)
	if err == nil && (p.Until != 0 || p.Left != 0) {
		return p, errLeft
	}
	return p, err
}

// reader returns an account's row, for one that takes part or did.
func reader(v store.ConversationView, id account.ID) (store.Participant, error) {
	p, err := v.Participant(id)
	if errors.Is(err, store.ErrNotFound) {
		return p, errNoConversation
	}
	return p, err
}

// readableTo is the last seq that a participant may read, 0 for no end.
func readableTo(p store.Participant) uint64 {
	if p.Until != 0 && p.Left != 0 {
		return min(p.Until, p.Left)
	}
	return p.Until + p.Left
}

// signedHead is a log head with its signature, which is always the same.
type signedHead struct {
	head      convo.LogHead
	signature []byte
}

// head is a signed log head. The one that was signed last is kept: many ask for
// it before it moves.
func (s *Service) head(id convo.ID, h convo.LogHead) *cofferv1.LogHead {
	kept, ok := s.heads.Get(id)
	if !ok || kept.head != h {
		kept = signedHead{h, convo.SignHead(s.Keys.Server, id, h)}
		s.heads.Put(id, kept, 1)
	}
	return &cofferv1.LogHead{Seq: h.Seq, Link: h.Link[:], Signature: kept.signature}
}

// onLog checks that the log has a head that an entry names.
func onLog(v store.ConversationView, h convo.LogHead) error {
	if h.Seq == 0 {
		return errUnknownLog
	}
	link, err := v.Link(h.Seq)
	if errors.Is(err, store.ErrNotFound) || err == nil && link != h.Link {
		return errUnknownLog
	}
	return err
}

// hasHead checks that the caller was a device at the head of its own chain that
// an entry names.
func hasHead(c *auth.Caller, h account.Head) error {
	if h.Seq == 0 || !c.Chain.Has(h) || !c.Chain.ActiveAt(c.Keyholder, h.Seq) {
		return errUnknownChain
	}
	return nil
}

// retry runs f again with a fresh caller while f finds that the caller's chain
// has grown.
func (s *Service) retry(ctx context.Context, caller *auth.Caller, f func(*auth.Caller) error) error {
	for {
		err := f(caller)
		if !errors.Is(err, errBehind) {
			return err
		}
		chain, err := s.Chains.Get(ctx, caller.Account)
		if err != nil {
			return err
		}
		if chain.Head() == caller.Chain.Head() {
			return errUnknownChain // the log names a head that the chain lacks
		}
		again := *caller
		again.Chain = chain
		caller = &again
		if !chain.ActiveAt(caller.Keyholder, chain.Head().Seq) {
			return fail.Kind(fail.Removed, "this device has been removed from the account")
		}
	}
}

// answer wraps a handler's result.
func answer[T any](m *T, err error) (*connect.Response[T], error) {
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(m), nil
}

// page is a page length that a client asked for, 0 for the greatest.
func page(asked uint32, most int) int {
	if asked == 0 || int64(asked) > int64(most) {
		return most
	}
	return int(asked)
}
