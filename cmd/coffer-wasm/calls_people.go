//go:build js && wasm

package main

import (
	"context"
	"strings"
	"syscall/js"
	"time"

	"github.com/coffer-chat/coffer/client"
)

// peopleCalls are what the page can ask for about people and how conversations are kept.
var peopleCalls = map[string]func(ctx context.Context, d *device, e *client.Engine, p params) (any, error){
	"read": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.MarkRead(ctx, p.text("to"), uint64(p.number("seq"))))
	},
	"mute": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		if p.flag("off") {
			return done(e.Unmute(ctx, p.text("to")))
		}
		return done(e.Mute(ctx, p.text("to"), time.Duration(p.number("seconds"))*time.Second))
	},
	"pin": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.Pin(ctx, p.text("to"), !p.flag("off")))
	},
	"archive": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.Archive(ctx, p.text("to"), !p.flag("off")))
	},
	"draft": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.SetDraft(ctx, p.text("to"), p.text("text")))
	},
	"block": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.Block(ctx, p.text("handle"), !p.flag("off")))
	},
	"accept": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.Accept(ctx, p.text("handle")))
	},
	"clear": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.Clear(ctx, p.text("to")))
	},
	"groupHistory": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		c, err := e.SetGroupHistory(ctx, p.text("to"), p.flag("on"))
		if err != nil {
			return nil, err
		}
		return conversationJSON(c), nil
	},
	"expire": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		c, err := e.SetExpiry(ctx, p.text("to"), time.Duration(p.number("seconds"))*time.Second)
		if err != nil {
			return nil, err
		}
		return conversationJSON(c), nil
	},
	"forward": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		m, err := e.Forward(ctx, p.text("id"), p.text("to"))
		if err != nil {
			return nil, err
		}
		return messageJSON(m), nil
	},
	"reportDraft": reportDraft,
	"report":      report,
	"versions": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		l, err := e.Versions(ctx, p.text("id"))
		return list(l, func(v client.Version) string {
			return (&object{b: []byte{'{'}}).text("text", v.Text).time("time", v.Time).end()
		}), err
	},

	"contact": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		c, err := e.Contact(ctx)
		return contactJSON(c), err
	},
	// A link is to a person or into a group: {link}. It returns whom it is about.
	"follow": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		link := strings.TrimSpace(p.text("link"))
		take := e.AddContact
		if strings.Contains(link, "/join/") {
			take = e.Join
		}
		c, err := take(ctx, link)
		if err != nil {
			return nil, err
		}
		return contactJSON(c), nil
	},
	"profile": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		f, err := e.Profile(ctx, p.text("handle"))
		if err != nil {
			return nil, err
		}
		return profileJSON(f), nil
	},
	"setProfile": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		c := client.ProfileChange{}
		if p.Get("name").Type() == js.TypeString {
			name := p.text("name")
			c.Name = &name
		}
		if b, ok := p.file("picture"); ok {
			c.Picture, c.Size = b, b.size()
		}
		f, err := e.SetProfile(ctx, c)
		if err != nil {
			return nil, err
		}
		return profileJSON(f), nil
	},
	// The picture of {handle}, or of the group {to}; no bytes for none.
	"picture": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		if to := p.text("to"); to != "" {
			b, _, err := e.GroupPicture(ctx, to)
			return toJS(b), err
		}
		f, err := e.Profile(ctx, p.text("handle"))
		return toJS(f.Picture), err
	},

	"groupSet": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		x := client.GroupChange{}
		if p.Get("name").Type() == js.TypeString {
			name := p.text("name")
			x.Name = &name
		}
		if b, ok := p.file("picture"); ok {
			x.Picture, x.Size = b, b.size()
		}
		c, err := e.GroupPresent(ctx, p.text("to"), x)
		if err != nil {
			return nil, err
		}
		return conversationJSON(c), nil
	},
	"groupRole": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		role, err := client.ParseRole(p.text("role"))
		if err != nil {
			return nil, err
		}
		return done(e.GroupRole(ctx, p.text("to"), p.text("handle"), role))
	},
	"invite": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		i, err := e.GroupInvite(ctx, p.text("to"), time.Duration(p.number("seconds"))*time.Second, p.number("uses"))
		if err != nil {
			return nil, err
		}
		return inviteJSON(i), nil
	},
	"invites": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		l, err := e.GroupInvites(ctx, p.text("to"))
		return list(l, inviteJSON), err
	},
	"uninvite": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.RevokeInvite(ctx, p.text("id")))
	},

	"disclosure": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		b, err := e.Disclosure(ctx)
		return string(b), err
	},
}

// file is a File or Blob among the arguments; one of no bytes means none.
func (p params) file(name string) (blob, bool) {
	v := p.Get(name)
	return blob{v}, v.Type() == js.TypeObject && v.InstanceOf(js.Global().Get("Blob"))
}

func (b blob) size() int64 { return int64(b.Get("size").Float()) }
