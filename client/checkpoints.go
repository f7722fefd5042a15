package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/mls/syntax"
)

var (
	// tableCheckpoint holds the newest checkpoint of each device:
	// .ID(conversation).ID(device).
	tableCheckpoint = store.Table("ck")
	// tableTrusted holds on whose checkpoints this device's copy of a
	// conversation rests: .ID(conversation).
	tableTrusted = store.Table("cr")
)

// heldCheckpoint is a checkpoint of the private log, with who wrote it.
type heldCheckpoint struct {
	device account.KeyholderID
	atMS   uint64 // when, as the device claims
	payload.Checkpoint
}

const checkpointVersion = 1

func (h *heldCheckpoint) append(b []byte) []byte {
	b = syntax.AppendUint16(b, checkpointVersion)
	b = append(b, h.device[:]...)
	b = syntax.AppendUint64(b, h.atMS)
	return h.Checkpoint.Append(b)
}

func parseHeldCheckpoint(v []byte) (*heldCheckpoint, error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != checkpointVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	h := new(heldCheckpoint)
	r.Copy(h.device[:])
	h.atMS = r.Uint64()
	h.Checkpoint = payload.ReadCheckpoint(r)
	return h, r.Done()
}

// trust is what a device knows of a conversation's checkpoints.
type trust struct {
	held []*heldCheckpoint
	// devices are those whose checkpoints stood for signatures here.
	devices []account.KeyholderID
	moved   bool // devices is ahead of the store
	// tried is the entry up to which a checkpoint was last made, or could not be.
	tried uint64
	// compared are the devices' checkpoints that agree with the log that is here.
	compared map[account.KeyholderID]convo.LogHead
}

// applyCheckpoints keeps what a device of the account says that it has verified.
func (e *Engine) applyCheckpoints(ctx context.Context, b *store.Batch, p payload.Payload) error {
	list, err := payload.ParseCheckpointList(p.Body)
	if err != nil {
		return fault.Failed(err, "an entry of the private log cannot be read")
	}
	for i := range list {
		h := &heldCheckpoint{device: p.Device, atMS: p.AtMS, Checkpoint: list[i]}
		k := tableCheckpoint.ID(h.Conversation[:]).ID(h.device[:])
		v, err := e.get(ctx, k)
		if err != nil {
			return err
		}
		if v != nil {
			if old, err := parseHeldCheckpoint(v); err == nil && old.Head.Seq >= h.Head.Seq {
				continue
			}
		}
		b.Set(k.Bytes(), h.append(nil))
		if c, ok := e.convs[string(h.Conversation[:])]; ok {
			c.trust = nil
		}
	}
	return nil
}

// trustOf reads a conversation's checkpoints.
func (e *Engine) trustOf(ctx context.Context, c *conversation) (*trust, error) {
	if c.trust != nil {
		return c.trust, nil
	}
	t := new(trust)
	err := e.cfg.Store.Scan(ctx, tableCheckpoint.ID(c.id[:]).Range(), func(_, v []byte) error {
		h, err := parseHeldCheckpoint(v)
		if err == nil {
			t.held = append(t.held, h)
		}
		return err
	})
	if err != nil {
		return nil, damaged(err, "checkpoints")
	}
	v, err := e.get(ctx, tableTrusted.ID(c.id[:]))
	if err != nil {
		return nil, err
	}
	for ; len(v) >= len(account.KeyholderID{}); v = v[len(account.KeyholderID{}):] {
		t.devices = append(t.devices, account.KeyholderID(v))
	}
	if len(v) > 0 {
		return nil, damaged(nil, "checkpoints")
	}
	c.trust = t
	return t, nil
}

// compromised reports whether any of these devices was removed because somebody
// else may have had it, or is none of the account's.
func (e *Engine) compromised(devices ...account.KeyholderID) bool {
	return slices.ContainsFunc(devices, func(id account.KeyholderID) bool {
		k, ok := e.self.chain.Keyholder(id)
		return !ok || !k.Active() && k.Removal.Reason == account.ReasonCompromised
	})
}

// counts reports whether a checkpoint may be relied on, as the chain is now.
func (e *Engine) counts(h *heldCheckpoint) bool {
	return !e.compromised(h.device) && !e.compromised(h.Trusted...)
}

// newestCheckpoint returns the seq up to which a conversation has a checkpoint
// that counts.
func (e *Engine) newestCheckpoint(t *trust) (newest *heldCheckpoint) {
	for _, h := range t.held {
		if e.counts(h) && (newest == nil || h.Head.Seq > newest.Head.Seq) {
			newest = h
		}
	}
	return newest
}

// checkpointFor holds a run of entries, whose links were verified and which joins
// what is stored, against the checkpoints inside it, and returns the one that
// stands for its signatures: one that the run's links lead up to. It is nil where
// there is none.
func (e *Engine) checkpointFor(ctx context.Context, c *conversation, entries []*convo.Entry) (*heldCheckpoint, error) {
	t, err := e.trustOf(ctx, c)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	first, last := entries[0].Seq, entries[len(entries)-1].Seq
	var best *heldCheckpoint
	for _, h := range t.held {
		if h.Head.Seq < first || !e.counts(h) {
			continue
		}
		link, known := [32]byte{}, false
		if h.Head.Seq <= last {
			link, known = entries[h.Head.Seq-first].Link, true
		} else if link, known, err = e.linkAt(ctx, c, h.Head.Seq); err != nil {
			return nil, err
		}
		if !known {
			continue
		}
		if err := e.checkCheckpoint(ctx, c, h, link); err != nil {
			return nil, err
		}
		if best == nil || h.Head.Seq > best.Head.Seq {
			best = h
		}
	}
	return best, nil
}

// checkCheckpoint compares a checkpoint with the log.
func (e *Engine) checkCheckpoint(ctx context.Context, c *conversation, h *heldCheckpoint, link [32]byte) error {
	if link != h.Head.Link {
		return fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the server shows another log than the one that a device of this account has verified")
	}
	row, err := e.epochAt(ctx, c, h.Head.Seq)
	if err != nil {
		return err
	}
	if row == nil || row.record.Hash() != h.Record {
		return fault.Broken(fault.PromiseProved, nil, "an epoch's record is not the one that a device of this account has verified")
	}
	return nil
}

// epochAt returns the epoch that is current at an entry.
func (e *Engine) epochAt(ctx context.Context, c *conversation, seq uint64) (*epochRow, error) {
	if c.pos == nil {
		return nil, nil
	}
	var found *epochRow
	err := e.backwards(ctx, c, c.here(), func(_ epochID, row *epochRow) bool {
		found = row
		return row.seq <= seq
	})
	return found, err
}

// rely notes that a checkpoint has stood for signatures.
func (t *trust) rely(h *heldCheckpoint) {
	for _, id := range append([]account.KeyholderID{h.device}, h.Trusted...) {
		if !slices.Contains(t.devices, id) {
			t.devices, t.moved = append(t.devices, id), true
		}
	}
}

// saveTrust adds what the conversation rests on to a batch.
func (c *conversation) saveTrust(b *store.Batch) {
	if c.trust == nil || !c.trust.moved {
		return
	}
	var v []byte
	for _, id := range c.trust.devices {
		v = append(v, id[:]...)
	}
	b.Set(tableTrusted.ID(c.id[:]).Bytes(), v)
	c.trust.moved = false
}
