package devices

import (
	"context"
	"errors"
	"sync"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// PutLinkBox implements the service.
func (s *Service) PutLinkBox(ctx context.Context, req *connect.Request[cofferv1.PutLinkBoxRequest]) (*connect.Response[cofferv1.PutLinkBoxResponse], error) {
	if err := s.stranger(ctx); err != nil {
		return nil, err
	}
	id, err := accountID(req.Msg.GetAccount())
	if err != nil {
		return nil, err
	}
	mailbox, err := mailboxID(req.Msg.GetMailbox())
	if err != nil {
		return nil, err
	}
	number, box := int(req.Msg.GetNumber()), req.Msg.GetBox()
	if number < 1 || number > maxBoxes || len(box) == 0 {
		return nil, fail.Kind(fail.Malformed, "a box has content, and a number from 1 to 64")
	}
	stale := fail.Kind(fail.Stale, "another box has this number: read it, and try again")
	err = s.Store.UpdateAccount(ctx, id, func(tx store.AccountTx) error {
		if err := s.isOpen(tx, mailbox); err != nil {
			return err
		}
		if number > 1 {
			before, err := tx.LinkBoxes(mailbox, number-1, 1)
			if err != nil {
				return err
			}
			if len(before) == 0 {
				return fail.Kind(fail.Malformed, "a box before this one is missing")
			}
		}
		err := tx.PutLinkBox(mailbox, number, box)
		if errors.Is(err, store.ErrExists) {
			return stale
		}
		return err
	})
	if err == nil {
		s.Bus.Publish(id)
	}
	return answer(&cofferv1.PutLinkBoxResponse{}, err)
}

// GetLinkBoxes implements the service. It subscribes before it looks, so that no
// wake-up falls between.
func (s *Service) GetLinkBoxes(ctx context.Context, req *connect.Request[cofferv1.GetLinkBoxesRequest]) (*connect.Response[cofferv1.GetLinkBoxesResponse], error) {
	if err := s.stranger(ctx); err != nil {
		return nil, err
	}
	id, err := accountID(req.Msg.GetAccount())
	if err != nil {
		return nil, err
	}
	mailbox, err := mailboxID(req.Msg.GetMailbox())
	if err != nil {
		return nil, err
	}
	from := max(int(req.Msg.GetFromNumber()), 1)
	m := &cofferv1.GetLinkBoxesResponse{}
	look := func() error {
		return s.Store.ViewAccount(ctx, id, func(v store.AccountView) (err error) {
			if err := s.isOpen(v, mailbox); err != nil {
				return err
			}
			m.Boxes, err = v.LinkBoxes(mailbox, from, maxBoxes)
			return err
		})
	}
	if err := look(); err != nil || len(m.Boxes) > 0 || req.Msg.GetTimeoutMs() == 0 {
		return answer(m, err) // whoever knows no mailbox waits for none
	}
	leave, err := s.waits.enter(id)
	if err != nil {
		return nil, err
	}
	defer leave()
	woken, end := s.Bus.Subscribe(id)
	defer end()
	over := time.NewTimer(min(time.Duration(req.Msg.GetTimeoutMs())*time.Millisecond, waitLimit))
	defer over.Stop()
	for {
		if err := look(); err != nil || len(m.Boxes) > 0 {
			return answer(m, err)
		}
		select {
		case <-woken:
		case <-over.C:
			return connect.NewResponse(m), nil
		case <-s.stop.Done():
			return connect.NewResponse(m), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// waits counts the calls that wait, by account.
type waits struct {
	mu sync.Mutex
	of map[account.ID]int
}

// enter counts a call that waits; leave ends it.
func (w *waits) enter(id account.ID) (leave func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of[id] >= maxWaits {
		return nil, fail.RetryAfter(time.Second, "too many calls wait for this mailbox already")
	}
	w.of[id]++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.of[id]--; w.of[id] == 0 {
			delete(w.of, id)
		}
	}, nil
}
