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
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tablePreference holds what the person has set for a conversation or another
// account, on all devices alike: .ID(subject).Uint64(key).
var tablePreference = store.Table("pf")

// preferenceKey says what is set. A number's meaning never changes.
type preferenceKey uint8

// The preferences. Of an unset one there is no value.
const (
	preferMuted    preferenceKey = 1 // uint64: until when, in ms since 1970
	preferPinned   preferenceKey = 2 // empty
	preferArchived preferenceKey = 3 // empty
	preferDraft    preferenceKey = 4 // text
	preferBlocked  preferenceKey = 5 // empty; the subject is an account
	// Of the account itself, which is the subject.
	preferShowRead   preferenceKey = 43 // empty: others see up to where it has read
	preferHideTyping preferenceKey = 44 // empty: others do not see that it is typing
)

// forever is the time until which something is muted that has no end.
const forever = math.MaxUint64

// lastMS is the end of the year 9999, after which RFC 3339 has no times.
const lastMS = 253402300799999

// preference is what an entry of the private log sets; the last one in the log
// counts.
type preference struct {
	subject [32]byte // a conversation's or an account's id
	key     preferenceKey
	set     bool
	value   []byte // nothing unless set
}

func (p *preference) bytes() []byte {
	b := syntax.AppendUint8(append([]byte(nil), p.subject[:]...), uint8(p.key))
	return syntax.AppendOpaque(syntax.AppendBool(b, p.set), p.value)
}

func parsePreference(b []byte) (*preference, error) {
	r := syntax.NewReader(b)
	p := new(preference)
	r.Copy(p.subject[:])
	p.key, p.set = preferenceKey(r.Uint8()), r.Bool()
	p.value = r.Opaque()
	if !p.set && len(p.value) > 0 || !p.key.takes(p.value, p.set) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, r.Done()
}

// takes reports whether a value can be one of the key's. Keys of a later version
// take anything.
func (k preferenceKey) takes(v []byte, set bool) bool {
	switch k {
	case preferMuted:
		return !set || len(v) == 8
	case preferPinned, preferArchived, preferBlocked, preferShowRead, preferHideTyping:
		return len(v) == 0
	case preferDraft:
		return len(v) <= content.MaxText && utf8.Valid(v)
	}
	return k != 0
}

func (p *preference) row() []byte {
	return tablePreference.ID(p.subject[:]).Uint64(uint64(p.key)).Bytes()
}

func applyPreference(b *store.Batch, p *preference) {
	if p.set {
		b.Set(p.row(), append([]byte{}, p.value...))
	} else {
		b.Delete(p.row())
	}
}

// prefer sets a preference on all devices. Setting what is set already costs
// nothing.
func (e *Engine) prefer(ctx context.Context, p *preference) error {
	v, err := e.get(ctx, tablePreference.ID(p.subject[:]).Uint64(uint64(p.key)))
	if err != nil || (v != nil) == p.set && string(v) == string(p.value) {
		return err
	}
	return e.appendPrivate(ctx, payload{kind: payloadPreference, body: p.bytes()})
}

// preferConversation sets a preference of a conversation.
func (e *Engine) preferConversation(ctx context.Context, to string, key preferenceKey, set bool, value []byte) error {
	return e.withAccount(ctx, func() error {
		c, thread, err := e.targetAny(ctx, to)
		if err != nil {
			return err
		}
		p := &preference{key: key, set: set, value: value}
		if thread != nil {
			p.subject = thread.ID
		} else {
			p.subject = c.id
		}
		return e.prefer(ctx, p)
	})
}

// Mute keeps messages of a conversation out of Watch, unless they mention this account
// or Watch is asked for that conversation alone: for d, or, with 0, until Unmute.
func (e *Engine) Mute(ctx context.Context, to string, d time.Duration) error {
	until := uint64(forever)
	if d > 0 {
		until = uint64(max(e.cfg.Now().Add(d).UnixMilli(), 0))
	}
	return e.preferConversation(ctx, to, preferMuted, true, appendUint64(nil, until))
}

// Unmute takes back Mute.
func (e *Engine) Unmute(ctx context.Context, to string) error {
	return e.preferConversation(ctx, to, preferMuted, false, nil)
}

// Pin puts a conversation before all others in List.
func (e *Engine) Pin(ctx context.Context, to string, on bool) error {
	return e.preferConversation(ctx, to, preferPinned, on, nil)
}

// Archive puts a conversation behind all others in List.
func (e *Engine) Archive(ctx context.Context, to string, on bool) error {
	return e.preferConversation(ctx, to, preferArchived, on, nil)
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
	return e.preferConversation(ctx, to, preferDraft, text != "", value)
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
		return e.prefer(ctx, &preference{subject: id, key: preferBlocked, set: on})
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
		if k > math.MaxUint8 || !preferenceKey(k).takes(v, true) {
			return damaged(nil, "preferences")
		}
		switch preferenceKey(k) {
		case preferMuted:
			ms := binary.BigEndian.Uint64(v)
			p.mutedTo = time.UnixMilli(int64(min(ms, lastMS))).UTC()
		case preferPinned:
			p.pinned = true
		case preferArchived:
			p.archived = true
		case preferDraft:
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
	v, err := e.get(ctx, tablePreference.ID(id[:]).Uint64(uint64(preferBlocked)))
	return v != nil, err
}

// fillIn fills a summary with what the person has set and read.
func (e *Engine) fillIn(ctx context.Context, s *Conversation) error {
	p, err := e.preferencesOf(ctx, s.ID)
	s.MutedTo, s.Pinned, s.Archived, s.Draft = p.mutedTo, p.pinned, p.archived, p.draft
	return err
}
