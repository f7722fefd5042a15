package push

import (
	"context"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/internal/rate"
	"github.com/coffer-chat/coffer/server/store"
)

// Service implements cofferv1connect.PushServiceHandler.
type Service struct {
	*env.Env
	pusher     *Pusher
	subscribed *rate.Limiter // for each account
}

var _ cofferv1connect.PushServiceHandler = (*Service)(nil)

// NewService returns the service.
func NewService(e *env.Env, p *Pusher) *Service {
	return &Service{Env: e, pusher: p, subscribed: rate.New(rate.Rule{Burst: 60, Every: time.Minute}, e.Now)}
}

// GetPushKey implements the service.
func (s *Service) GetPushKey(ctx context.Context, _ *connect.Request[cofferv1.GetPushKeyRequest]) (*connect.Response[cofferv1.GetPushKeyResponse], error) {
	if _, err := auth.Device(ctx); err != nil {
		return nil, err
	}
	m := &cofferv1.GetPushKeyResponse{}
	if !s.pusher.options.Off {
		m.PublicKey = s.pusher.key.public
	}
	return connect.NewResponse(m), nil
}

// SubscribePush implements the service. A device has one subscription, so an
// account has as many as it has devices.
func (s *Service) SubscribePush(ctx context.Context, req *connect.Request[cofferv1.SubscribePushRequest]) (*connect.Response[cofferv1.SubscribePushResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	if s.pusher.options.Off {
		return nil, fail.Kind(fail.Forbidden, "this server wakes no devices through push services")
	}
	if wait, ok := s.subscribed.Take(string(caller.Account[:]), 1); !ok {
		return nil, fail.RetryAfter(wait, "too many subscriptions: wait")
	}
	endpoint := req.Msg.GetEndpoint()
	if _, err := parseEndpoint(endpoint, s.pusher.options.Allow); err != nil {
		return nil, fail.Kind(fail.Invalid, "a push endpoint is a public https address")
	}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error {
		// Between the call's session and now the device may have been removed: then
		// its session is gone, too, and nothing may be left behind.
		if live, err := hasSession(tx, caller); err != nil || !live {
			return errNoSession(err)
		}
		return tx.PutPushSubscription(store.PushSubscription{Device: caller.Keyholder, Endpoint: endpoint})
	})
	if err != nil {
		return nil, err
	}
	s.pusher.Subscribed(caller.Account)
	return connect.NewResponse(&cofferv1.SubscribePushResponse{}), nil
}

// UnsubscribePush implements the service.
func (s *Service) UnsubscribePush(ctx context.Context, _ *connect.Request[cofferv1.UnsubscribePushRequest]) (*connect.Response[cofferv1.UnsubscribePushResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error {
		return tx.DropPushSubscription(caller.Keyholder, "")
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&cofferv1.UnsubscribePushResponse{}), nil
}

// hasSession reports whether the caller still has one.
func hasSession(tx store.AccountTx, caller *auth.Caller) (bool, error) {
	list, err := tx.Sessions()
	for _, s := range list {
		if s.Keyholder == caller.Keyholder {
			return true, nil
		}
	}
	return false, err
}

func errNoSession(err error) error {
	if err != nil {
		return err
	}
	return fail.Kind(fail.NoSession, "this device's session is over")
}
