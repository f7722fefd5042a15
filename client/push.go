package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
)

// PushKey returns the key that this device's server identifies itself with to push
// services, a point of P-256; nothing where the server wakes no devices. A push
// subscription is made for it (spec/push.md).
func (e *Engine) PushKey(ctx context.Context) ([]byte, error) {
	var key []byte
	err := e.withAccount(ctx, func() error {
		r, err := e.pushes().GetPushKey(ctx, &wire.GetPushKeyRequest{})
		if err != nil {
			return fault.FromServer(err)
		}
		key = r.PublicKey
		return nil
	})
	return key, err
}

// PushSubscribe has the server wake this device at an endpoint of a push service
// when there is something new, without a word of what.
func (e *Engine) PushSubscribe(ctx context.Context, endpoint string) error {
	return e.withAccount(ctx, func() error {
		_, err := e.pushes().SubscribePush(ctx, &wire.SubscribePushRequest{Endpoint: endpoint})
		return fault.FromServer(err)
	})
}

// PushUnsubscribe ends that.
func (e *Engine) PushUnsubscribe(ctx context.Context) error {
	return e.withAccount(ctx, func() error {
		_, err := e.pushes().UnsubscribePush(ctx, &wire.UnsubscribePushRequest{})
		return fault.FromServer(err)
	})
}

func (e *Engine) pushes() wire.PushClient { return wire.PushClient{Doer: signedIn{e}} }
