package client

import (
	"context"

	"github.com/coffer-chat/coffer/core/payload"
)

// Privacy is what the person lets others see beside messages; the same on all
// devices. Who does not show it does not see it of others either.
type Privacy struct {
	ReadMarks bool // up to where it has read; off at first
	Typing    bool // that it is typing; on at first
}

// Privacy returns what the person lets others see.
func (e *Engine) Privacy(ctx context.Context) (p Privacy, err error) {
	err = e.withAccount(ctx, func() error {
		p, err = e.privacy(ctx)
		return err
	})
	return p, err
}

func (e *Engine) privacy(ctx context.Context) (Privacy, error) {
	shows, err := e.get(ctx, tablePreference.ID(e.self.id[:]).Uint64(uint64(payload.PreferShowRead)))
	if err != nil {
		return Privacy{}, err
	}
	hides, err := e.get(ctx, tablePreference.ID(e.self.id[:]).Uint64(uint64(payload.PreferHideTyping)))
	return Privacy{ReadMarks: shows != nil, Typing: hides == nil}, err
}

// SetPrivacy changes what the person lets others see, on all devices. Marks that
// this device has left for others are taken back at once where they are switched
// off, those of other devices when they hear of it.
func (e *Engine) SetPrivacy(ctx context.Context, p Privacy) error {
	return e.withAccount(ctx, func() error {
		if err := e.prefer(ctx, &payload.Preference{Subject: e.self.id, Key: payload.PreferShowRead, Set: p.ReadMarks}); err != nil {
			return err
		}
		if err := e.prefer(ctx, &payload.Preference{Subject: e.self.id, Key: payload.PreferHideTyping, Set: !p.Typing}); err != nil {
			return err
		}
		return e.untell(ctx)
	})
}
