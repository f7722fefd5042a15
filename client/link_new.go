package client

import (
	"context"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/linking"
)

// JoinOptions say which account this device is to be linked to.
type JoinOptions struct {
	Server, Handle string
	// Ask asks for the code, or the link, that a device of the account shows.
	// Where Show is set, this device shows one instead.
	Ask  AskCode
	Show func(LinkShown)
	// WaitAll waits until the whole history is here, as in RestoreOptions.
	WaitAll bool
}

// Link makes this device one of an account's, by another device of the account
// that runs LinkDevice, and brings the history. Neither password nor recovery
// method is needed; the other device vouches that the account is no older than it
// knows it.
func (e *Engine) Link(ctx context.Context, o JoinOptions) (*Restored, error) {
	report := &Restored{AsOf: e.cfg.Now()}
	err := e.locked(ctx, func() error {
		if e.self != nil {
			return fault.Usage("this home already holds the account of %s; choose another with --home, or go on with sync", e.self.handle)
		}
		if err := e.mayTake(ctx, o.Handle); err != nil {
			return err
		}
		start := e.cfg.Now()
		handed, m, err := e.linked(ctx, o)
		if err != nil {
			return err
		}
		known := e.cfg.Now()
		report.Unlock = known.Sub(start)
		report.Account, report.Handle = e.self.id, string(e.self.handle)
		if err := e.syncHanded(ctx, handed.Log); err != nil {
			return err
		}
		report.Keyholders = e.keyholders(func(k account.Kind) bool { return !k.IsRecovery() })
		if err := e.confirmHeads(ctx, report); err != nil {
			return err
		}
		if report.ConfirmedBy == confirmedBy(0) {
			report.ConfirmedBy = "the device that linked this one"
		}
		if err := e.restoreConversations(ctx, o.WaitAll, known, report); err != nil {
			return err
		}
		if err := e.refreshKeyPackages(ctx); err != nil {
			return err
		}
		report.Total = e.cfg.Now().Sub(start)
		_, _ = wire.DeviceClient{Doer: signedIn{e}}.CloseLink(ctx, &wire.CloseLinkRequest{Mailbox: m.place.Mailbox[:]})
		return nil
	})
	return report, err
}

// linked runs the new device's side up to the account on its disk, and returns the
// heads that the old device has handed over.
func (e *Engine) linked(ctx context.Context, o JoinOptions) (*linking.Done, *mailbox, error) {
	handle, err := account.ParseHandle(strings.ToLower(o.Handle))
	if err != nil {
		return nil, nil, fault.Usage("%q is no handle", o.Handle)
	}
	info, err := e.serverInfo(ctx, o.Server)
	if err != nil {
		return nil, nil, err
	}
	s := &self{server: o.Server, serverKey: info.ServerKey, handle: handle}
	if s.host, err = account.ParseHost(info.Host); err != nil {
		return nil, nil, fault.Failed(err, "the server names a host that cannot be")
	}
	wait, cancel := context.WithTimeout(ctx, linking.Lifetime)
	defer cancel()
	m := &mailbox{client: wire.DeviceClient{Doer: e.transport}, place: linking.Place{Host: s.host}}
	c, err := e.meetOld(wait, m, s, o)
	if err != nil {
		return nil, nil, err
	}
	// What the channel was opened for, not what the server says, is the account.
	s.id = m.place.Account
	if s.device, err = e.pendingDevice(ctx, s); err != nil {
		return nil, nil, err
	}
	handed, err := e.askToJoin(wait, m, c, s)
	if err != nil {
		return nil, nil, err
	}
	return handed, m, e.takeAccount(ctx, s, handed)
}

// meetOld makes the channel to a device of the account.
func (e *Engine) meetOld(ctx context.Context, m *mailbox, s *self, o JoinOptions) (*linking.Channel, error) {
	if o.Show != nil {
		m.place.Side = linking.NewShows
		if err := m.find(ctx, s.handle, true); err != nil {
			return nil, err
		}
		return m.showing(ctx, e, o.Show)
	}
	m.place.Side = linking.OldShows
	text, err := o.Ask(ctx, linking.MaxTries)
	if err != nil {
		return nil, err
	}
	if code, err := linking.ParseCode(text); err == nil {
		if err := m.find(ctx, s.handle, false); err != nil {
			return nil, err
		}
		return m.follow(ctx, linking.FollowCode(e.cfg.Rand, m.place), code, o.Ask)
	}
	l, err := linking.ParseLink(text)
	if err != nil {
		return nil, errNoCode(err)
	}
	if l.Host != s.host || l.Side != linking.OldShows {
		return nil, fault.Usage("this QR code is for a device of another server, or for the other of the two devices")
	}
	m.place = l.Place
	return m.follow(ctx, linking.FollowLink(e.cfg.Rand, l), "", o.Ask)
}

// find finds the newest mailbox that a device of the account has open. wait waits
// for one.
func (m *mailbox) find(ctx context.Context, handle account.Handle, wait bool) error {
	for {
		r, err := m.client.FindLinks(ctx, &wire.FindLinksRequest{Handle: string(handle)})
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNotFound {
			return fault.Refused("there is no %s on this server", handle)
		}
		if err != nil {
			return linkEnded(fault.FromServer(err))
		}
		if len(r.Mailboxes) > 0 {
			if len(r.Account) != len(m.place.Account) || len(r.Mailboxes[0]) != len(m.place.Mailbox) {
				return fault.Broken(fault.PromiseProved, nil, "the server sent a mailbox that cannot be")
			}
			copy(m.place.Account[:], r.Account)
			copy(m.place.Mailbox[:], r.Mailboxes[0])
			return nil
		}
		if !wait {
			return fault.Refused("no device of %s links another one now; begin there, with 'coffer devices link'", handle)
		}
		if sleep(ctx, time.Second) != nil {
			return linkEnded(ctx.Err())
		}
	}
}

// askToJoin says who asks, and countersigns the entry that adds this device.
func (e *Engine) askToJoin(ctx context.Context, m *mailbox, c *linking.Channel, s *self) (*linking.Done, error) {
	if err := m.send(ctx, c, &linking.Hello{Public: s.device.Public(), Name: e.cfg.DeviceName, Platform: platform()}); err != nil {
		return nil, err
	}
	for {
		x, err := m.receive(ctx, c)
		if err != nil {
			return nil, err
		}
		switch x := x.(type) {
		case *linking.Offer:
			if x.Handle != s.handle {
				return nil, &fault.Error{Kind: fault.KindRefused, Message: "that device is not of this account"}
			}
			signature, err := s.device.Countersign(s.id, x.Content)
			if err != nil {
				return nil, fault.Failed(err, "the other device asks to sign what does not add this device")
			}
			if err := m.send(ctx, c, &linking.Answer{Countersignature: [64]byte(signature)}); err != nil {
				return nil, err
			}
		case *linking.Done:
			return x, nil
		case *linking.Refused:
			return nil, &fault.Error{Kind: fault.KindRefused, Message: "the other device refused"}
		default:
			return nil, errOtherDevice(nil)
		}
	}
}

// takeAccount fetches the account that this device is now one of, which may be no
// older than what was handed over, and opens the vault root sealed to it.
func (e *Engine) takeAccount(ctx context.Context, s *self, handed *linking.Done) error {
	if err := e.signIn(ctx, s.device, s.id, s.host); err != nil {
		return err
	}
	if err := e.fetchOwnChain(ctx, s); err != nil {
		return err
	}
	if !s.chain.Has(handed.Chain) || !contains(s.chain, s.device) {
		return fault.Broken(fault.PromiseProved, account.ErrFork, "the server shows another account than the device that linked this one")
	}
	var err error
	if s.roots, err = e.openRoots(ctx, wire.AccountClient{Doer: e.transport}, s.chain, s.device); err != nil {
		return err
	}
	s.root = s.roots.Current().Bytes()
	if err := e.signInDevice(ctx, s); err != nil {
		return err
	}
	e.self = s
	return nil
}

// syncHanded reads the private log, which must hold the head that was handed over.
func (e *Engine) syncHanded(ctx context.Context, head account.LogHead) error {
	e.handed = head
	defer func() { e.handed = account.LogHead{} }()
	if err := e.syncPrivate(ctx); err != nil {
		return err
	}
	pos, err := e.privatePosition(ctx)
	if err == nil && pos.Head.Seq < head.Seq {
		err = fault.Broken(fault.PromiseProved, nil, "the server withholds entries of the private log that the other device has seen")
	}
	return err
}
