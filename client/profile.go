package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"unicode"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// The tables of profiles (spec/device-store.md).
var (
	tableProfile   = store.Table("pr") // .ID(account): the one that counts
	tablePresented = store.Table("ps") // .ID(conversation): which own one was sent, and to whom
)

// Profile is how somebody presents itself.
type Profile struct {
	Handle, Account string
	Name            string // "" for none; not unique, and proves nothing
	// Picture is a small one, nil for none.
	Picture   []byte
	MediaType string
}

// ProfileChange says what of the own profile to change; what is nil stays.
type ProfileChange struct {
	Name *string
	// Picture is a JPEG or PNG, of which a small copy is taken; an empty one means
	// none.
	Picture io.ReaderAt
	Size    int64
}

// profileOf returns an account's profile, nil for none.
func (e *Engine) profileOf(ctx context.Context, id account.ID) (*content.Profile, error) {
	v, err := e.get(ctx, tableProfile.ID(id[:]))
	if err != nil || v == nil {
		return nil, err
	}
	p, err := content.ParseProfile(v)
	if err != nil {
		return nil, damaged(err, "profile")
	}
	return p, nil
}

// profileName is what an account calls itself, "" for nothing.
func (e *Engine) profileName(ctx context.Context, id account.ID) (string, error) {
	p, err := e.profileOf(ctx, id)
	if err != nil || p == nil {
		return "", err
	}
	return p.Name, nil
}

// keepProfile keeps a profile if it was set later than the one that is known.
func (e *Engine) keepProfile(ctx context.Context, b *store.Batch, id account.ID, p *content.Profile) error {
	key := tableProfile.ID(id[:])
	old, err := e.profileOf(ctx, id)
	if err != nil {
		return err
	}
	for _, op := range b.Ops() { // what came before it in the same run
		if bytes.Equal(op.Key, key.Bytes()) {
			if x, err := content.ParseProfile(op.Value); err == nil {
				old = x
			}
		}
	}
	if old != nil && old.SetMS >= p.SetMS {
		return nil
	}
	v, err := p.Encode()
	if err != nil {
		return fault.Failed(err, "the profile cannot be kept")
	}
	b.Set(key.Bytes(), v)
	return nil
}

// noteProfile takes another account's profile from a message of its own.
func (f *fold) noteProfile(ctx context.Context, by account.ID, p *content.Profile) error {
	if by == f.e.self.id {
		return nil // the private log has it
	}
	return f.e.keepProfile(ctx, f.b, by, p)
}

// Profile shows how somebody presents itself, as far as this device has met it;
// "" is this account.
func (e *Engine) Profile(ctx context.Context, handle string) (Profile, error) {
	var out Profile
	err := e.withAccount(ctx, func() error {
		id, h := e.self.id, e.self.chain.Handle()
		if handle != "" {
			var err error
			if id, h, err = e.resolve(ctx, handle); err != nil {
				return err
			}
		}
		p, err := e.profileOf(ctx, id)
		if err != nil {
			return err
		}
		out = Profile{Handle: string(h), Account: id.String()}
		if p != nil {
			out.Name = p.Name
		}
		if p != nil && p.Picture != nil {
			out.Picture, out.MediaType = p.Picture.Data, p.Picture.MediaType
		}
		return nil
	})
	return out, err
}

// SetProfile changes the own profile, for all devices, and sends it to all
// conversations but those of strangers. The server learns nothing of it. A
// conversation that cannot be reached now gets it with the next message.
func (e *Engine) SetProfile(ctx context.Context, change ProfileChange) (Profile, error) {
	err := e.withAccount(ctx, func() error {
		if err := e.syncPrivate(ctx); err != nil {
			return err
		}
		old, err := e.profileOf(ctx, e.self.id)
		if err != nil {
			return err
		}
		p := &content.Profile{SetMS: uint64(max(e.serverNow().UnixMilli(), 1))}
		if old != nil {
			p.Name, p.Picture, p.SetMS = old.Name, old.Picture, max(p.SetMS, old.SetMS+1)
		}
		if err := change.apply(e, p); err != nil {
			return err
		}
		b, err := p.Encode()
		if err != nil {
			return &fault.Error{Kind: fault.KindUsage, Message: "this name cannot be used", Err: err}
		}
		if err := e.appendPrivate(ctx, payload.Payload{Kind: payload.KindProfile, Body: b}); err != nil {
			return err
		}
		return e.presentEverywhere(ctx)
	})
	if err != nil {
		return Profile{}, err
	}
	return e.Profile(ctx, "")
}

func (x *ProfileChange) apply(e *Engine, p *content.Profile) error {
	if x.Name != nil {
		if len(*x.Name) > content.MaxProfileName || !utf8.ValidString(*x.Name) || bytes.ContainsFunc([]byte(*x.Name), unicode.IsControl) {
			return fault.Usage("a name has at most %d bytes on one line", content.MaxProfileName)
		}
		p.Name = *x.Name
	}
	if x.Picture != nil {
		var err error
		if p.Picture, err = e.smallPicture(x.Picture, x.Size); err != nil {
			return err
		}
	}
	return nil
}

// presentEverywhere sends the own profile to the conversations that lack it.
func (e *Engine) presentEverywhere(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range list {
		if !c.st.known() || c.st.Gone {
			continue
		}
		if err := e.presentSelf(ctx, c); err != nil {
			return err
		}
		if err := e.flush(ctx, c); err != nil {
			if fault.KindOf(err) == fault.KindUnreachable {
				return nil // it is queued, or goes with the next message
			}
			errs = append(errs, err)
		}
		if e.self == nil {
			break
		}
	}
	return errors.Join(errs...)
}

// presentSelf queues the own profile for a conversation, before what is sent next,
// unless all who are in it were sent it. Strangers and the blocked get none.
func (e *Engine) presentSelf(ctx context.Context, c *conversation) error {
	p, err := e.profileOf(ctx, e.self.id)
	if err != nil || p == nil {
		return err
	}
	if is, err := e.isRequest(ctx, c); err != nil || is {
		return err
	}
	if is, err := e.blocked(ctx, c.st.Peer); err != nil || is {
		return err
	}
	to := c.st.Participants.Hash()
	if c.st.Kind == convo.Direct {
		to = account.HashWithLabel("presented to", c.st.Peer[:]) // its participants never change
	}
	now := append(syntax.AppendUint64(nil, p.SetMS), to[:]...)
	if v, err := e.get(ctx, tablePresented.ID(c.id[:])); err != nil || bytes.Equal(v, now) {
		return err
	}
	h, err := e.contentHeader(c)
	if err != nil {
		return err
	}
	m, err := content.NewProfile(h, *p)
	if err != nil {
		return fault.Failed(err, "the profile cannot be sent")
	}
	var b store.Batch
	b.Set(tablePresented.ID(c.id[:]).Bytes(), now)
	return e.queueQuiet(ctx, c, m, h, convo.PurposeMessage, &b)
}
