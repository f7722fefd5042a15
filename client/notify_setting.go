package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// The tables of notifications (spec/device-store.md).
var (
	tableNotified = store.Table("pu")           // .ID(conversation): notified
	keyNotify     = store.Table("pw").Uint64(0) // NotifySetting
)

// NotifyShow says how much of a message a notification shows.
type NotifyShow string

// What notifications can show.
const (
	NotifyText    NotifyShow = "text"    // who, and what
	NotifyName    NotifyShow = "name"    // who
	NotifyNothing NotifyShow = "nothing" // that there is something
)

var notifyShows = []NotifyShow{"", NotifyText, NotifyName, NotifyNothing}

// NotifySetting is what the person wants of notifications on this device. It stays
// on the device.
type NotifySetting struct {
	On   bool
	Show NotifyShow // NotifyText unless set
}

func (s *NotifySetting) bytes() []byte {
	b := syntax.AppendBool(syntax.AppendUint16(nil, 1), s.On)
	for i, x := range notifyShows {
		if x == s.Show {
			b = syntax.AppendUint8(b, uint8(i))
		}
	}
	return b
}

func parseNotifySetting(v []byte) (s NotifySetting, err error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != 1 {
		r.Fail(syntax.ErrInvalidValue)
	}
	s.On = r.Bool()
	n := r.Uint8()
	if n == 0 || int(n) >= len(notifyShows) {
		r.Fail(syntax.ErrInvalidValue)
		return NotifySetting{}, r.Done()
	}
	s.Show = notifyShows[n]
	return s, r.Done()
}

// NotifySetting returns what was set; off, until something was.
func (e *Engine) NotifySetting(ctx context.Context) (s NotifySetting, err error) {
	err = e.locked(ctx, func() error {
		s, err = e.notifySetting(ctx)
		return err
	})
	return s, err
}

func (e *Engine) notifySetting(ctx context.Context) (NotifySetting, error) {
	v, err := e.get(ctx, keyNotify)
	if err != nil || v == nil {
		return NotifySetting{Show: NotifyText}, err
	}
	s, err := parseNotifySetting(v)
	if err != nil {
		return s, damaged(err, "notifications")
	}
	return s, nil
}

// SetNotify sets it. When notifications are turned on, what is here by then is no
// news.
func (e *Engine) SetNotify(ctx context.Context, s NotifySetting) error {
	if s.Show == "" {
		s.Show = NotifyText
	}
	switch s.Show {
	case NotifyText, NotifyName, NotifyNothing:
	default:
		return fault.Usage("notifications show text, name or nothing")
	}
	return e.withAccount(ctx, func() error {
		before, err := e.notifySetting(ctx)
		if err != nil || before == s {
			return err
		}
		var b store.Batch
		if s.On && !before.On {
			list, err := e.allConvs(ctx)
			if err != nil {
				return err
			}
			for _, c := range list {
				n := notified{seen: c.st.Top.Seq, told: c.st.Top.Seq}
				b.Set(tableNotified.ID(c.id[:]).Bytes(), n.bytes())
			}
		}
		b.Set(keyNotify.Bytes(), s.bytes())
		e.notified = nil
		return e.apply(ctx, &b)
	})
}
