package accounts

import (
	"context"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// maxChanged bounds the conversations in one answer.
const maxChanged = 1000

// Wait implements the service. It subscribes before it looks, so that no
// wake-up falls between; one that is lost on the way costs the time limit.
func (s *Service) Wait(ctx context.Context, req *connect.Request[cofferv1.WaitRequest]) (*connect.Response[cofferv1.WaitResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	leave, err := s.enterWait(caller.Account)
	if err != nil {
		return nil, err
	}
	defer leave()
	defer s.Waits(store.Device{Account: caller.Account, Device: caller.Keyholder}, req.Msg.GetCursor())()
	woken, end := s.Bus.Subscribe(caller.Account)
	defer end()
	limit := min(time.Duration(req.Msg.GetTimeoutMs())*time.Millisecond, s.WaitLimit)
	over := time.NewTimer(limit)
	defer over.Stop()
	for {
		m, err := s.news(ctx, caller.Account, req.Msg)
		if err != nil || m.GetCursor() != req.Msg.GetCursor() || len(m.GetEphemerals()) > 0 {
			return answer(m, err)
		}
		select {
		case <-woken:
		case <-over.C:
			return answer(s.news(ctx, caller.Account, req.Msg))
		case <-s.stop.Done():
			return connect.NewResponse(m), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// news says what changed and what others have said beside the log.
func (s *Service) news(ctx context.Context, id account.ID, req *cofferv1.WaitRequest) (*cofferv1.WaitResponse, error) {
	m, err := s.changes(ctx, id, req.GetCursor())
	if err == nil && req.GetEphemeralAfter() > 0 {
		m.Ephemerals, m.EphemeralCursor = s.Bus.Relayed(id, req.GetEphemeralAfter())
	}
	return m, err
}

// maxWaits bounds the calls of one account that wait at once.
const maxWaits = 64

// enterWait counts a call that waits; leave ends it.
func (s *Service) enterWait(id account.ID) (leave func(), err error) {
	s.waits.mu.Lock()
	defer s.waits.mu.Unlock()
	if s.waits.of[id] >= maxWaits {
		return nil, fail.RetryAfter(time.Second, "too many calls of this account wait already")
	}
	s.waits.of[id]++
	return func() {
		s.waits.mu.Lock()
		defer s.waits.mu.Unlock()
		if s.waits.of[id]--; s.waits.of[id] == 0 {
			delete(s.waits.of, id)
		}
	}, nil
}

// changes says what changed after a cursor. A truncated answer's cursor is that
// of its last conversation.
func (s *Service) changes(ctx context.Context, id account.ID, cursor uint64) (*cofferv1.WaitResponse, error) {
	m := &cofferv1.WaitResponse{}
	err := s.Store.ViewAccount(ctx, id, func(v store.AccountView) error {
		a, err := v.Account()
		if err != nil {
			return err
		}
		m.Cursor, m.ChainSeq, m.PrivateLogSeq = a.Change, a.ChainSeq, a.Log.Head.Seq
		if a.Change <= cursor {
			m.Cursor = cursor
			if a.Change < cursor {
				m.Cursor = a.Change // the server lost what the cursor told of
			}
			return nil
		}
		list, err := v.ByChange(cursor, maxChanged)
		for _, c := range list {
			m.Conversations = append(m.Conversations, c.Conversation[:])
		}
		if len(list) == maxChanged {
			m.Truncated, m.Cursor = true, list[len(list)-1].Change
		}
		return err
	})
	return m, err
}
