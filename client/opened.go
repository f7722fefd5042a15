package client

import (
	"cmp"
	"context"
	"errors"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/mls"
)

// opened is a message entry after decryption and all checks that need no other
// entry.
type opened struct {
	entry      *convo.Entry
	header     *convo.Header
	unreadable bool // opens for nobody with this device's keys
	locked     bool // because the deposit that should open it does not
	msg        *content.Message
	id         content.MessageID
	view       content.View

	sender content.URI
	row    *epochRow // whose reader opens it; nil: nobody's
	record *convo.Record
	app    *mls.Application
	verify func() error
	suite  uint16

	// vouched says that a checkpoint stands for the signatures, and sampled that
	// they are verified all the same.
	vouched, sampled bool
	// covered says that the log's signed head is enough for the frank's signature
	// (spec/frank.md).
	covered bool
}

// openEntries decrypts and verifies the message entries among a run, on all
// cores. What the server is to blame for is an error. A checkpoint, if it is not
// nil, stands for signatures; history says that the run is not news, so that of
// the franks' signatures a sample is verified. All else is checked in any case.
func (e *Engine) openEntries(ctx context.Context, c *conversation, entries []*convo.Entry, known *heldCheckpoint, history bool) ([]*opened, error) {
	var out []*opened
	senders := map[account.ID]content.URI{}
	for _, x := range entries {
		if x.Kind != convo.EntryMessage {
			continue
		}
		o, err := e.prepareEntry(ctx, c, x)
		if err != nil {
			return nil, err
		}
		if o.sender = senders[x.Sender.Account]; o.sender == "" {
			if o.sender, err = e.user(x.Sender.Account); err != nil {
				return nil, err
			}
			senders[x.Sender.Account] = o.sender
		}
		o.vouched = known != nil && known.Covers(x.Seq)
		out = append(out, o)
	}
	e.cfg.Parallel(len(out), func(i int) { out[i].decrypt() })
	if err := e.sample(out); err != nil {
		return nil, err
	}
	if history {
		if err := e.coverFranks(out); err != nil {
			return nil, err
		}
	}
	room, err := e.room(c.id)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(out))
	e.cfg.Parallel(len(out), func(i int) { errs[i] = e.verifyOpened(out[i], room) })
	return out, errors.Join(errs...)
}

// prepareEntry finds what a message is opened and judged with.
func (e *Engine) prepareEntry(ctx context.Context, c *conversation, x *convo.Entry) (*opened, error) {
	raw, outer, err := rawHeader(x)
	if err != nil {
		return nil, fault.Broken(fault.PromiseProved, err, "the server sent a damaged log entry")
	}
	o := &opened{entry: x}
	if o.header, err = convo.ParseHeader(raw); err != nil {
		return nil, fault.Broken(fault.PromiseProved, err, "the server accepted a message without a header")
	}
	chain, err := e.chainAt(ctx, x.Sender.Account, o.header.Chain)
	if err != nil {
		return nil, err
	}
	if err := o.header.CheckChain(chain, x.Sender.Device); err != nil {
		return nil, fault.Broken(fault.PromiseEncrypted, err, "the server accepted a message of a device that was none of its account")
	}
	o.suite = uint16(cmp.Or(c.st.suiteAt(x.Seq), suite))
	if x.Erased() {
		return o, nil
	}
	if outer.WireFormat != mls.WirePrivateMessage {
		return nil, fault.Broken(fault.PromiseProved, nil, "the server accepted what is no message")
	}
	at, err := placeOf(outer)
	if err != nil {
		return nil, fault.Broken(fault.PromiseProved, err, "the server accepted what is no message")
	}
	row, err := e.inTime(ctx, c, x, at)
	if err != nil {
		return nil, err
	}
	if row.reader == nil {
		seq, listed := row.heads[e.self.id]
		o.unreadable, o.locked = true, listed && e.self.chain.VaultOnAt(seq)
		return o, nil
	}
	o.row = row
	return o, nil
}

// rawHeader returns a message entry's header, and that of the MLS message, which an
// erased one lacks.
func rawHeader(x *convo.Entry) (raw []byte, outer mls.Header, err error) {
	if x.Erased() {
		raw, err = x.RawHeader()
		return raw, outer, err
	}
	outer, err = mls.ParseHeader(x.Body)
	return outer.AuthenticatedData, outer, err
}

// decrypt opens the message; the signatures are left to verifyOpened. It may run
// at the same time for several entries, as verifyOpened may.
func (o *opened) decrypt() {
	if o.row == nil {
		return
	}
	app, verify, err := o.row.reader.Decrypt(o.entry.Body)
	if err != nil {
		o.unreadable = true
		return
	}
	o.app, o.verify, o.record = app, verify, o.row.record
}

// verifyOpened checks signatures, franks and that header and content agree.
func (e *Engine) verifyOpened(o *opened, room content.URI) error {
	verify := !o.vouched || o.sampled
	f, err := frank.ParseFrank(o.entry.Frank)
	if err == nil && f.Suite != o.suite {
		err = frank.ErrFrank
	}
	if err == nil && verify && !o.covered {
		err = f.Verify(e.self.serverKey, o.suite, frank.Context{Sender: o.sender, Room: room, AcceptedMs: o.entry.AcceptedMS})
	}
	if err != nil {
		return fault.Broken(fault.PromiseReports, err, "a message's frank does not verify")
	}
	if o.app == nil {
		return nil
	}
	// A member may write what nobody can read; that is its own fault, not the
	// server's, and shown as unreadable.
	if verify {
		if err := o.verify(); err != nil && o.sampled {
			return fault.Broken(fault.PromiseProved, err, "a device of this account vouches for a message whose signature does not verify; find out which, and remove it as compromised")
		} else if err != nil {
			o.unreadable = true
			return nil
		}
	}
	if err := o.record.CheckSender(o.app.Sender, o.entry.Sender); err != nil {
		return fault.Broken(fault.PromiseEncrypted, err, "the server put a message under another sender's name")
	}
	tag := frank.Tag(o.header.FrankingTag)
	msg, id, err := tag.Open(o.app.Data, o.sender, room)
	if err != nil {
		o.unreadable = true
		return nil
	}
	o.msg, o.id, o.view = msg, id, msg.View()
	if agree(o.header, &o.view, o.entry.AcceptedMS) != nil {
		o.msg, o.unreadable = nil, true
	}
	return nil
}

// agree holds a header against the content it stands for: the server erases by
// the header, readers by the content.
func agree(h *convo.Header, v *content.View, acceptedMS uint64) error {
	want := convo.PurposeMessage
	switch v.Kind {
	case content.KindEdit:
		want = convo.PurposeEdit
	case content.KindUnsend:
		want = convo.PurposeUnsend
	case content.KindInfo:
		want = convo.PurposeInfo
	}
	if h.Purpose != want {
		return convo.ErrNotInHeader
	}
	erase := uint64(0)
	if !v.Expires.Relative {
		erase = uint64(v.Expires.Seconds) * 1000
	}
	if h.EraseAfterMS != erase || !v.Expires.Plausible(acceptedMS) {
		return convo.ErrNotInHeader
	}
	return nil
}

// senderOf is the account that the log says posted the entry.
func (o *opened) senderOf() account.ID { return o.entry.Sender.Account }
