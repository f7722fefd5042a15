//go:build js && wasm

package main

import (
	"context"
	"syscall/js"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/convo"
)

func notifySetting(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
	s, err := e.NotifySetting(ctx)
	if err != nil {
		return nil, err
	}
	return notifySettingJSON(s), nil
}

// notifySet sets {on, show}.
func notifySet(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	return done(e.SetNotify(ctx, client.NotifySetting{On: p.flag("on"), Show: client.NotifyShow(p.text("show"))}))
}

// notifications lists what is to be on display: {sync, viewing: [conversation]}.
func notifications(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	o := client.NotifyOptions{Sync: p.flag("sync")}
	for _, text := range p.texts("viewing") {
		if id, err := convo.ParseID(text); err == nil {
			o.Viewing = append(o.Viewing, id)
		}
	}
	l, err := e.Notifications(ctx, o)
	return list(l, notificationJSON), err
}

func pushKey(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
	key, err := e.PushKey(ctx)
	if err != nil {
		return nil, err
	}
	return toJS(key), nil
}

// close ends what open began, so that another tab, or the service worker, can open
// the device.
func (d *device) close([]js.Value) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.engine == nil {
		return "null", nil
	}
	d.engine.Close()
	d.engine = nil
	return "null", d.store.Close()
}
