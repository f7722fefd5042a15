//go:build js && wasm

package main

import (
	"context"
	"strconv"

	"github.com/coffer-chat/coffer/client"
)

// calls are what the page can ask for, by name.
var calls = map[string]func(ctx context.Context, d *device, e *client.Engine, p params) (any, error){
	"register": func(ctx context.Context, d *device, e *client.Engine, p params) (any, error) {
		password := p.secret("password")
		defer clear(password)
		err := e.Register(ctx, client.RegisterOptions{Server: d.origin, Handle: p.text("handle"), Invite: p.text("invite"), Password: password})
		if err != nil {
			return nil, err
		}
		return identity(ctx, e)
	},
	"restore": func(ctx context.Context, d *device, e *client.Engine, p params) (any, error) {
		o := client.RestoreOptions{
			Server: d.origin, Handle: p.text("handle"), PIN: p.secret("pin"), Password: p.secret("password"), Code: p.text("code"),
			WaitAll: p.flag("all"), Lost: p.texts("lost"), LostAll: p.flag("lostAll"), CloudFile: p.bytes("cloudFile"), Passkey: p.bytes("passkey"),
			BeforeReset: p.flag("before"),
		}
		defer clear(o.CloudFile)
		defer clear(o.Passkey)
		defer clear(o.PIN)
		defer clear(o.Password)
		r, err := e.Restore(ctx, o)
		if err != nil {
			return nil, err
		}
		return restoredJSON(r), nil
	},
	"whoami": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) { return identity(ctx, e) },
	"sync": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		s, err := e.Sync(ctx)
		if err != nil {
			return nil, err
		}
		return newObject("synced").number("sent", int64(s.Sent)).number("received", int64(s.Received)).number("pending", int64(s.Pending)).end(), nil
	},
	"watch": func(ctx context.Context, d *device, e *client.Engine, _ params) (any, error) {
		return nil, e.Watch(ctx, "", func(m client.Message) error {
			d.tell("message", messageJSON(m))
			return nil
		})
	},

	"step": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		s, err := e.Step(ctx)
		if err != nil {
			return nil, err
		}
		return newObject("stepped").flag("more", s.More).number("done", s.Done).number("total", s.Total).end(), nil
	},
	"seqAt": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		seq, err := e.SeqAt(ctx, p.text("to"), uint64(p.number("at")))
		return strconv.FormatUint(seq, 10), err
	},

	"list": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		l, err := e.List(ctx)
		return list(l, conversationJSON), err
	},
	"history": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		l, err := e.History(ctx, p.text("to"), client.Page{Before: uint64(p.number("before")), Limit: p.number("limit"), NoSync: p.flag("noSync")})
		return list(l, messageJSON), err
	},
	"search": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		l, err := e.Search(ctx, p.texts("words"), p.text("in"))
		return list(l, messageJSON), err
	},
	"find": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		c, err := e.FindConversation(ctx, p.text("to"))
		if err != nil {
			return nil, err
		}
		return conversationJSON(c), nil
	},

	"send": send,
	"edit": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		m, err := e.Edit(ctx, p.text("id"), p.text("text"))
		if err != nil {
			return nil, err
		}
		return messageJSON(m), nil
	},
	"unsend": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.Unsend(ctx, p.text("id")))
	},
	"delete": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.DeleteForMe(ctx, p.text("id")))
	},
	"react": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.React(ctx, p.text("id"), p.text("emoji"), p.flag("remove")))
	},
	"attachment": attachment,

	"groupCreate": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		c, err := e.GroupCreate(ctx, p.text("name"), p.texts("handles"))
		if err != nil {
			return nil, err
		}
		return conversationJSON(c), nil
	},
	"groupAdd": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.GroupAdd(ctx, p.text("name"), p.texts("handles")))
	},
	"groupRemove": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.GroupRemove(ctx, p.text("name"), p.texts("handles")))
	},
	"groupLeave": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.GroupLeave(ctx, p.text("name")))
	},

	"devices": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		l, err := e.Devices(ctx)
		return list(l, keyholderJSON), err
	},
	"recoveryMethods": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		l, err := e.RecoveryMethods(ctx)
		return list(l, keyholderJSON), err
	},
	"removeRecovery": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		k, err := e.RemoveRecovery(ctx, p.text("id"))
		if err != nil {
			return nil, err
		}
		return keyholderJSON(k), nil
	},
	"addCode": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		code, k, err := e.AddCode(ctx)
		if err != nil {
			return nil, err
		}
		return newObject("code").text("id", k.ID.String()).text("code", code).end(), nil
	},
	"addPIN": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		o := client.PINOptions{PIN: p.secret("pin"), Password: p.secret("password")}
		defer clear(o.PIN)
		defer clear(o.Password)
		k, err := e.AddPIN(ctx, o)
		if err != nil {
			return nil, err
		}
		return keyholderJSON(k), nil
	},
	"testRecovery": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		s := client.RecoverySecret{
			PIN: p.secret("pin"), Password: p.secret("password"), Code: p.text("code"), CloudFile: p.bytes("cloudFile"), Passkey: p.bytes("passkey"),
		}
		defer clear(s.CloudFile)
		defer clear(s.Passkey)
		defer clear(s.PIN)
		defer clear(s.Password)
		k, err := e.TestRecovery(ctx, s)
		if err != nil {
			return nil, err
		}
		return keyholderJSON(k), nil
	},
	"vaultStatus": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		v, err := e.VaultStatus(ctx)
		if err != nil {
			return nil, err
		}
		return vaultJSON(v), nil
	},
	"removeDevices": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.RemoveDevices(ctx, p.texts("ids")))
	},
	"safety": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		s, err := e.Safety(ctx, p.text("handle"))
		if err != nil {
			return nil, err
		}
		return safetyJSON(s), nil
	},
	"compareHistory": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		r, err := e.CompareHistory(ctx, p.text("to"), p.text("theirs"))
		return historyJSON(r), err
	},

	"typing":        sayTyping,
	"privacy":       privacy,
	"setPrivacy":    setPrivacy,
	"notifySetting": notifySetting,
	"notifySet":     notifySet,
	"notifications": notifications,
	"pushKey":       pushKey,
	"pushSubscribe": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.PushSubscribe(ctx, p.text("endpoint")))
	},
	"pushUnsubscribe": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		return done(e.PushUnsubscribe(ctx))
	},
	"passkeyTerms": passkeyTerms,
	"addPasskey":   addPasskey,
	"addCloudFile": addCloudFile,
	"pinDue":       pinDue,
	"revoke":       revoke,
	"renameDevice": renameDevice,
	"linkBegin":    linkBegin,
	"linkNext":     linkNext,
	"linkEnd":      linkEnd,
}

func done(err error) (any, error) { return "null", err }

func identity(ctx context.Context, e *client.Engine) (any, error) {
	id, err := e.Whoami(ctx)
	if err != nil {
		return nil, err
	}
	return identityJSON(id), nil
}
