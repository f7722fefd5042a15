package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/linking"
)

// LinkShown is what one device shows to be typed or scanned on the other. It is a
// secret until the device is linked.
type LinkShown struct {
	Code    string // six digits
	Link    string // what the QR code says
	Expires time.Time
}

// LinkRequest is a device that asks to be linked, as it describes itself.
type LinkRequest struct {
	ID             account.KeyholderID
	Name, Platform string
}

// LinkOptions say how this device links another one.
type LinkOptions struct {
	// Show shows a code. Where Ask is set the other device shows one instead, and
	// Ask asks for it.
	Show func(LinkShown)
	Ask  AskCode
	// Confirm asks the person whether the device may be linked.
	Confirm func(ctx context.Context, r LinkRequest) (bool, error)
}

// LinkDevice adds another device to the account: both show who they are by a code
// of six digits or a link, the person confirms, and the new device gets the vault
// root sealed to its own key. It waits for the other device for ten minutes,
// without holding the home's lock.
func (e *Engine) LinkDevice(ctx context.Context, o LinkOptions) (Keyholder, error) {
	var out Keyholder
	m, err := e.openMailbox(ctx, o.Ask != nil)
	if err != nil {
		return out, err
	}
	ctx, cancel := context.WithTimeout(ctx, linking.Lifetime)
	defer cancel()
	c, err := e.meetNew(ctx, m, o)
	if err != nil {
		e.closeMailbox(ctx, m)
		return out, err
	}
	out, err = e.admit(ctx, m, c, o)
	if err != nil {
		e.closeMailbox(ctx, m)
	}
	return out, err // otherwise the new device closes it, when it has read all
}

// openMailbox opens one at the server, with this device's heads as new as can be.
func (e *Engine) openMailbox(ctx context.Context, newShows bool) (*mailbox, error) {
	m := &mailbox{}
	err := e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		if err := e.syncPrivate(ctx); err != nil {
			return err
		}
		m.place = linking.Place{Host: e.self.host, Account: e.self.id, Side: linking.OldShows}
		if newShows {
			m.place.Side = linking.NewShows
		}
		if err := e.random(m.place.Mailbox[:]); err != nil {
			return err
		}
		m.client = wire.DeviceClient{Doer: e.transport}
		_, err := wire.DeviceClient{Doer: signedIn{e}}.OpenLink(ctx, &wire.OpenLinkRequest{Mailbox: m.place.Mailbox[:]})
		return fault.FromServer(err)
	})
	return m, err
}

// closeMailbox erases what is in it. It would be over soon in any case.
func (e *Engine) closeMailbox(ctx context.Context, m *mailbox) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = e.withAccount(ctx, func() error {
		_, err := wire.DeviceClient{Doer: signedIn{e}}.CloseLink(ctx, &wire.CloseLinkRequest{Mailbox: m.place.Mailbox[:]})
		return err
	})
}

// meetNew makes the channel to the new device.
func (e *Engine) meetNew(ctx context.Context, m *mailbox, o LinkOptions) (*linking.Channel, error) {
	if o.Ask == nil {
		return m.showing(ctx, e, o.Show)
	}
	text, err := o.Ask(ctx, linking.MaxTries)
	if err != nil {
		return nil, err
	}
	if code, err := linking.ParseCode(text); err == nil {
		return m.follow(ctx, linking.FollowCode(e.cfg.Rand, m.place), code, o.Ask)
	}
	l, err := linking.ParseLink(text)
	if err != nil {
		return nil, errNoCode(err)
	}
	if l.Place != m.place {
		return nil, &fault.Error{Kind: fault.KindRefused, Message: "this QR code is not for this account and linking; begin anew, on both devices"}
	}
	return m.follow(ctx, linking.FollowLink(e.cfg.Rand, l), "", o.Ask)
}

// showing shows a code and a link, and waits.
func (m *mailbox) showing(ctx context.Context, e *Engine, show func(LinkShown)) (*linking.Channel, error) {
	now := e.cfg.Now()
	s, err := linking.Show(e.cfg.Rand, now, m.place)
	if err != nil {
		return nil, fault.Failed(err, "no randomness")
	}
	defer s.Erase()
	show(LinkShown{Code: s.Code(), Link: s.Link(), Expires: now.Add(linking.Lifetime)})
	return m.show(ctx, s, e.cfg.Now)
}

// admit hears who asks, lets the person decide, and appends the entry.
func (e *Engine) admit(ctx context.Context, m *mailbox, c *linking.Channel, o LinkOptions) (Keyholder, error) {
	var out Keyholder
	x, err := m.receive(ctx, c)
	if err != nil {
		return out, err
	}
	hello, ok := x.(*linking.Hello)
	if !ok {
		return out, errOtherDevice(nil)
	}
	id := hello.Public.ID()
	yes, err := o.Confirm(ctx, LinkRequest{ID: id, Name: hello.Name, Platform: hello.Platform})
	if err != nil || !yes {
		sendErr := m.send(ctx, c, &linking.Refused{})
		if err == nil {
			err = &fault.Error{Kind: fault.KindRefused, Message: "nothing was linked"}
		}
		_ = sendErr // it hears of it when the mailbox is gone, too
		return out, err
	}
	done := &linking.Done{}
	err = e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		// A device that was cut short after its entry was appended asks again.
		if k, ok := e.self.chain.Keyholder(id); !ok || !k.Active() || k.Public() != hello.Public {
			if err := e.addLinked(ctx, m, c, hello); err != nil {
				return err
			}
		}
		k, _ := e.self.chain.Keyholder(id)
		out = e.keyholder(k)
		pos, err := e.privatePosition(ctx)
		done.Chain, done.Log = e.self.chain.Head(), pos.Head
		return err
	})
	if err != nil {
		return out, err
	}
	return out, m.send(ctx, c, done)
}

// answerWithin is how long the new device may take for what needs no person: the
// home is locked meanwhile.
const answerWithin = 30 * time.Second

// addLinked appends the entry, which the new device countersigns.
func (e *Engine) addLinked(ctx context.Context, m *mailbox, c *linking.Channel, hello *linking.Hello) error {
	j := account.Joiner{Public: hello.Public, Name: hello.Name, Countersign: func(content []byte) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, answerWithin)
		defer cancel()
		if err := m.send(ctx, c, &linking.Offer{Handle: e.self.handle, Content: content}); err != nil {
			return nil, err
		}
		x, err := m.receive(ctx, c)
		if err != nil {
			return nil, err
		}
		a, ok := x.(*linking.Answer)
		if !ok {
			return nil, errOtherDevice(nil)
		}
		return a.Countersignature[:], nil
	}}
	_, err := e.change(ctx, func(chain *account.Chain, a account.Author, roots *account.Roots) (*account.Update, error) {
		return chain.Add(e.cfg.Rand, a, roots, j)
	})
	return err
}
