// Package devices is the device service: mailboxes by which one device of an
// account links another, and proof for a device that was removed. What is in a
// mailbox is opaque to the server (spec/linking.md). Start with New.
package devices

import (
	"context"
	"time"

	"connectrpc.com/connect"

	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/internal/peer"
	"github.com/coffer-chat/coffer/server/internal/rate"
)

const (
	// linkLife is how long a mailbox is open.
	linkLife = 10 * time.Minute
	// maxLinks bounds the open mailboxes of an account, maxBoxes what is in one.
	maxLinks = 4
	maxBoxes = 64
	// waitLimit is the longest time that a call waits for a box.
	waitLimit = 25 * time.Second
	// maxWaits bounds the calls that wait for one account's boxes.
	maxWaits = 16
)

// Service implements cofferv1connect.DeviceServiceHandler.
type Service struct {
	*env.Env
	stop      context.Context // ends waiting calls when the server shuts down
	anonymous *rate.Limiter   // calls without a session, for each address
	opened    *rate.Limiter   // mailboxes, for each account
	waits     waits
}

var _ cofferv1connect.DeviceServiceHandler = (*Service)(nil)

// New returns the service. When stop ends, calls that wait are answered.
func New(stop context.Context, e *env.Env) *Service {
	return &Service{
		Env: e, stop: stop, anonymous: rate.New(e.Limits.Anonymous, e.Now),
		opened: rate.New(rate.Rule{Burst: 30, Every: time.Minute}, e.Now), waits: waits{of: map[account.ID]int{}},
	}
}

// stranger limits a call without a session by its address; this machine is not
// limited.
func (s *Service) stranger(ctx context.Context) error {
	a := peer.Address(ctx)
	if a == "" {
		return nil
	}
	if wait, ok := s.anonymous.Take(a, 1); !ok {
		return fail.RetryAfter(wait, "too many questions from your address: wait")
	}
	return nil
}

func accountID(b []byte) (id account.ID, err error) {
	if len(b) != len(id) {
		return id, fail.Kind(fail.Malformed, "an account id has 32 bytes")
	}
	copy(id[:], b)
	return id, nil
}

func mailboxID(b []byte) (id [16]byte, err error) {
	if len(b) != len(id) {
		return id, fail.Kind(fail.Malformed, "a mailbox's id has 16 bytes")
	}
	copy(id[:], b)
	return id, nil
}

// answer wraps a handler's result.
func answer[T any](m *T, err error) (*connect.Response[T], error) {
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(m), nil
}
