// Package disclosures tells accounts what the server holds about them. Start with New.
package disclosures

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/server/disclose"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/internal/rate"
)

const (
	// maxDisclosure is the size of the answer's field.
	maxDisclosure = 32 << 20
	// maxItems bounds what is collected before there is an answer to measure.
	maxItems = 200_000
)

// Service is the service.
type Service struct {
	*env.Env
	place disclose.Place
	asked *rate.Limiter
	busy  chan struct{} // has the one place for who is answered
}

var errTooLarge = fail.Kind(fail.TooLarge, "this server holds too much about you for one answer: ask its operator")

var _ cofferv1connect.DisclosureServiceHandler = (*Service)(nil)

// New returns the service. Realms are those that run inside the server.
func New(e *env.Env, realms []string) *Service {
	return &Service{
		Env: e, place: disclose.Place{RealmsInside: realms, MaxItems: maxItems}, busy: make(chan struct{}, 1),
		// It reads all that there is about an account.
		asked: rate.New(e.Limits.Disclose, e.Now),
	}
}

// Disclose implements the service.
func (s *Service) Disclose(ctx context.Context, _ *connect.Request[cofferv1.DiscloseRequest]) (*connect.Response[cofferv1.DiscloseResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	if wait, ok := s.asked.Take(string(caller.Account[:]), 1); !ok {
		return nil, fail.RetryAfter(wait, "this was asked a moment ago: wait")
	}
	select { // one at a time on the whole server
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	d, err := disclose.Of(ctx, s.Store, string(caller.Chain.Handle()), s.Now(), s.place)
	if errors.Is(err, disclose.ErrTooMuch) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, err
	}
	if d.Account != caller.Account.String() {
		return nil, fmt.Errorf("disclosures: the handle of a session is another account's")
	}
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("disclosures: %w", err)
	}
	if len(b) > maxDisclosure {
		return nil, errTooLarge
	}
	return connect.NewResponse(&cofferv1.DiscloseResponse{Disclosure: b}), nil
}
