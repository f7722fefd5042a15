package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/ephemeral"
)

const (
	// typingEvery is how often a device says at most that its person is typing.
	typingEvery = 4 * time.Second
	// TypingFor is how long somebody is shown as typing who has said so.
	TypingFor = 6 * time.Second
)

// Typing says that somebody is typing, until TypingFor after Time or until a message
// of that account comes.
type Typing struct {
	Conversation convo.ID
	Account      account.ID
	Handle       string
	Time         time.Time
}

// Typing tells the others in a conversation that the person is typing: at most every
// 4 seconds, never to a stranger who was not answered, in groups of more than 50, or
// where the person does not want it. It may be called at each key; who cannot be
// reached is not told, and that is no error.
func (e *Engine) Typing(ctx context.Context, to string) error {
	return e.withAccount(ctx, func() error {
		if p, err := e.privacy(ctx); err != nil || !p.Typing {
			return err
		}
		c, thread, err := e.targetHere(ctx, to)
		if err != nil || thread != nil || c == nil {
			return err
		}
		now := e.cfg.Now()
		if last, ok := e.typed[c.id]; ok && now.Sub(last).Abs() < typingEvery {
			return nil
		}
		if ok, err := e.sociable(ctx, c); err != nil || !ok {
			return err
		}
		e.typed[c.id] = now
		if err := e.whisper(ctx, c, ephemeral.Message{Kind: ephemeral.Typing}, false); hardly(err) {
			return err
		}
		return nil
	})
}

// hardly reports whether an error is worth more than what was to be said beside the
// log: that the server lies, or that this device cannot go on.
func hardly(err error) bool {
	switch fault.KindOf(err) {
	case fault.KindUnreachable, fault.KindRefused:
		return false
	}
	return err != nil
}

// heardTyping makes an event of a typing message of the present epoch. Of a muted
// conversation there is none where all are watched.
func (e *Engine) heardTyping(ctx context.Context, m *overheard, all bool) (*Typing, error) {
	if p, err := e.privacy(ctx); err != nil || !p.Typing || !m.present {
		return nil, err
	}
	if all {
		if p, err := e.preferencesOf(ctx, m.c.id); err != nil || !p.mutedTo.IsZero() {
			return nil, err
		}
	}
	return &Typing{Conversation: m.c.id, Account: m.account, Handle: e.handleOf(ctx, m.account), Time: time.UnixMilli(int64(m.Counter)).UTC()}, nil
}
