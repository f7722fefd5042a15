package client

import (
	"context"
	"math"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// removedDevice is what a log says of a device that its account has removed.
// From the first entry that names a head with the removal, entries of the device
// are refused (DESIGN 4.5). Entries may be read in any order.
type removedDevice struct {
	account account.ID
	device  account.KeyholderID
	named   uint64 // the first entry that names a head with the removal; none: the largest number
	posted  uint64 // the last entry that the device has posted; 0: none
}

func (d *removedDevice) append(b []byte) []byte {
	b = append(append(b, d.account[:]...), d.device[:]...)
	return syntax.AppendUint64(syntax.AppendUint64(b, d.named), d.posted)
}

func readRemovedDevice(r *syntax.Reader) (d removedDevice) {
	r.Copy(d.account[:])
	r.Copy(d.device[:])
	d.named, d.posted = r.Uint64(), r.Uint64()
	return d
}

// removed returns the row of a device.
func (s *convState) removed(id account.ID, device account.KeyholderID) *removedDevice {
	for i := range s.Removed {
		if d := &s.Removed[i]; d.account == id && d.device == device {
			return d
		}
	}
	s.Removed = append(s.Removed, removedDevice{account: id, device: device, named: math.MaxUint64})
	return &s.Removed[len(s.Removed)-1]
}

// checkRemoved refuses a log in which a removed device goes on posting.
func (e *Engine) checkRemoved(ctx context.Context, c *conversation, entries []*convo.Entry) error {
	gone := map[account.ID][]account.Keyholder{}
	of := func(id account.ID) ([]account.Keyholder, error) {
		if list, ok := gone[id]; ok {
			return list, nil
		}
		chain, err := e.storedChain(ctx, id)
		if err != nil || chain == nil {
			return nil, err
		}
		var list []account.Keyholder
		for _, k := range chain.AllKeyholders() {
			if !k.Active() && k.Kind == account.KindDevice {
				list = append(list, k)
			}
		}
		gone[id] = list
		return list, nil
	}
	for _, x := range entries {
		if x.Kind == convo.EntryMessage { // it names its sender's chain only
			if list, err := of(x.Sender.Account); err != nil {
				return err
			} else if len(list) == 0 {
				continue
			}
		}
		err := e.headsNamed(ctx, c, x, func(id account.ID, seq uint64) error {
			list, err := of(id)
			if err != nil {
				return err
			}
			for _, k := range list {
				if k.RemovedSeq <= seq {
					d := c.st.removed(id, k.ID)
					d.named = min(d.named, x.Seq)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		list, err := of(x.Sender.Account)
		if err != nil {
			return err
		}
		for _, k := range list {
			if k.ID == x.Sender.Device {
				d := c.st.removed(x.Sender.Account, k.ID)
				d.posted = max(d.posted, x.Seq)
			}
		}
	}
	for _, d := range c.st.Removed {
		if d.posted > d.named {
			return fault.Broken(fault.PromiseEncrypted, convo.ErrNotADevice, "the server accepted an entry of a device after its removal was known in the conversation")
		}
	}
	return nil
}

// headsNamed tells up to which chain entries an entry knows accounts' chains:
// a message its sender's, a commit those of its head table that are newer than
// in the one before.
func (e *Engine) headsNamed(ctx context.Context, c *conversation, x *convo.Entry, tell func(id account.ID, seq uint64) error) error {
	switch x.Kind {
	case convo.EntryMessage:
		raw, err := x.RawHeader()
		if err != nil {
			return fault.Broken(fault.PromiseProved, err, "the server sent a damaged log entry")
		}
		h, err := convo.ParseHeader(raw)
		if err != nil {
			return fault.Broken(fault.PromiseProved, err, "the server accepted a message without a header")
		}
		return tell(x.Sender.Account, h.Chain.Seq)
	case convo.EntryCommit:
		h, err := mls.ParseHeader(x.Body)
		if err != nil {
			return fault.Broken(fault.PromiseProved, err, "the server accepted what is no commit")
		}
		at, err := placeOf(h)
		if err != nil {
			return fault.Broken(fault.PromiseProved, err, "the server accepted what is no commit")
		}
		row, err := e.epoch(ctx, c, at.next())
		if err != nil || row == nil {
			return err
		}
		for id, seq := range row.heads {
			if err := tell(id, seq); err != nil {
				return err
			}
		}
	}
	return nil
}
