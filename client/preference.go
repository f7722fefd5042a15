package client

import (
	"context"
	"encoding/binary"
	"math"
	"time"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
)

// tablePreference holds what the person has set for a conversation or another
// account, on all devices alike: .ID(subject).Uint64(key).
var tablePreference = store.Table("pf")

func preferenceRow(p *payload.Preference) store.Key {
	return tablePreference.ID(p.Subject[:]).Uint64(uint64(p.Key))
}

func applyPreference(b *store.Batch, p *payload.Preference) {
	if p.Set {
		b.Set(preferenceRow(p).Bytes(), append([]byte{}, p.Value...))
	} else {
		b.Delete(preferenceRow(p).Bytes())
	}
}

// prefer sets a preference on all devices. Setting what is set already costs
// nothing.
func (e *Engine) prefer(ctx context.Context, p *payload.Preference) error {
	v, err := e.get(ctx, preferenceRow(p))
	if err != nil || (v != nil) == p.Set && string(v) == string(p.Value) {
		return err
	}
	return e.appendPrivate(ctx, payload.Payload{Kind: payload.KindPreference, Body: p.Bytes()})
}

// preferConversation sets a preference of a conversation.
func (e *Engine) preferConversation(ctx context.Context, to string, key payload.PreferenceKey, set bool, value []byte) error {
	return e.withAccount(ctx, func() error {
		c, thread, err := e.targetAny(ctx, to)
		if err != nil {
			return err
		}
		p := &payload.Preference{Key: key, Set: set, Value: value}
		if thread != nil {
			p.Subject = thread.ID
		} else {
			p.Subject = c.id
		}
		return e.prefer(ctx, p)
	})
}

// Mute keeps messages of a conversation out of Watch, unless they mention this account
// or Watch is asked for that conversation alone: for d, or, with 0, until Unmute.
func (e *Engine) Mute(ctx context.Context, to string, d time.Duration) error {
	until := uint64(payload.Forever)
	if d > 0 {
		until = uint64(max(e.cfg.Now().Add(d).UnixMilli(), 0))
	}
	return e.preferConversation(ctx, to, payload.PreferMuted, true, appendUint64(nil, until))
}

// Unmute takes back Mute.
func (e *Engine) Unmute(ctx context.Context, to string) error {
	return e.preferConversation(ctx, to, payload.PreferMuted, false, nil)
}

// Pin puts a conversation before all others in List.
func (e *Engine) Pin(ctx context.Context, to string, on bool) error {
	return e.preferConversation(ctx, to, payload.PreferPinned, on, nil)
}

// Archive puts a conversation behind all others in List.
func (e *Engine) Archive(ctx context.Context, to string, on bool) error {
	return e.preferConversation(ctx, to, payload.PreferArchived, on, nil)
}

// SetDraft keeps what is being written in a conversation, for all devices of the
// account; "" is nothing.
func (e *Engine) SetDraft(ctx context.Context, to, text string) error {
	if len(text) > content.MaxText || !utf8.ValidString(text) {
		return fault.Usage("the draft is too long, or not UTF-8")
	}
	var value []byte
	if text != "" {
		value = []byte(text)
	}
	return e.preferConversation(ctx, to, payload.PreferDraft, text != "", value)
}

// Block hides what an account writes, in all conversations, and refuses to write to
// it alone. The account is not told, and nothing is lost: unblocking shows it.
func (e *Engine) Block(ctx context.Context, handle string, on bool) error {
	return e.withAccount(ctx, func() error {
		id, _, err := e.resolve(ctx, handle)
		if err != nil {
			return err
		}
		if id == e.self.id {
			return fault.Usage("this is your own account")
		}
		return e.prefer(ctx, &payload.Preference{Subject: id, Key: payload.PreferBlocked, Set: on})
	})
}

// preferences are those of one conversation.
type preferences struct {
	mutedTo          time.Time // zero: not muted
	pinned, archived bool
	draft            string
}

func (e *Engine) preferencesOf(ctx context.Context, id convo.ID) (p preferences, err error) {
	err = e.cfg.Store.Scan(ctx, tablePreference.ID(id[:]).Range(), func(key, v []byte) error {
		k, _ := store.Last(key)
		if k > math.MaxUint8 || !payload.PreferenceKey(k).Takes(v, true) {
			return damaged(nil, "preferences")
		}
		switch payload.PreferenceKey(k) {
		case payload.PreferMuted:
			ms := binary.BigEndian.Uint64(v)
			p.mutedTo = time.UnixMilli(int64(min(ms, payload.LastMS))).UTC()
		case payload.PreferPinned:
			p.pinned = true
		case payload.PreferArchived:
			p.archived = true
		case payload.PreferDraft:
			p.draft = string(v)
		}
		return nil
	})
	if !p.mutedTo.After(e.cfg.Now()) {
		p.mutedTo = time.Time{}
	}
	return p, err
}

// blocked reports whether the person has blocked an account.
func (e *Engine) blocked(ctx context.Context, id account.ID) (bool, error) {
	v, err := e.get(ctx, tablePreference.ID(id[:]).Uint64(uint64(payload.PreferBlocked)))
	return v != nil, err
}

// fillIn fills a summary with what the person has set and read.
func (e *Engine) fillIn(ctx context.Context, s *Conversation) error {
	p, err := e.preferencesOf(ctx, s.ID)
	s.MutedTo, s.Pinned, s.Archived, s.Draft = p.mutedTo, p.pinned, p.archived, p.draft
	return err
}
