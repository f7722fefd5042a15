package client

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// epochRow is what a device keeps of an MLS epoch: enough to open and verify
// each of its messages, live and at restore alike.
type epochRow struct {
	record *convo.Record
	commit [32]byte // hash of the commit that began it
	seq    uint64
	// secrets is nil where this account has none: its vault was off and this
	// device no member, or the epoch is older than its participation.
	secrets *convo.Secrets
	reader  *mls.EpochReader
	// heads are the chain entries that the commit's head table names.
	heads map[account.ID]uint64
	// atMS is when the commit was accepted. After a lenient one, which removed
	// nobody and added no participant, messages of the epoch before are accepted
	// for a short while.
	atMS    uint64
	lenient bool
}

const epochVersion = 1

func epochKey(c *conversation, at epochID) store.Key {
	return tableEpoch.ID(c.id[:]).Uint64(uint64(at.generation)).Uint64(at.epoch)
}

func (x *epochRow) id() epochID { return epochID{x.record.Generation, x.record.Epoch} }

func (x *epochRow) append(b []byte) []byte {
	b = syntax.AppendUint16(b, epochVersion)
	b = syntax.AppendOpaque(b, x.record.AppendChange(nil, nil))
	b = append(b, x.commit[:]...)
	b = syntax.AppendUint64(b, x.seq)
	b = syntax.AppendUint64(b, x.atMS)
	b = syntax.AppendBool(b, x.lenient)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, id := range slices.SortedFunc(maps.Keys(x.heads), func(a, b account.ID) int { return bytes.Compare(a[:], b[:]) }) {
			b = syntax.AppendUint64(append(b, id[:]...), x.heads[id])
		}
		return b
	})
	b = syntax.AppendBool(b, x.secrets != nil)
	if x.secrets != nil {
		b = syntax.AppendOpaque(b, x.secrets.EncryptionSecret)
		b = syntax.AppendOpaque(b, x.secrets.SenderDataSecret)
		b = append(b, x.secrets.JoinKey[:]...)
	}
	return b
}

// headsEntry is what an entry of epochRow.heads takes, the map's growth included.
const headsEntry = 128

func parseEpoch(v []byte) (*epochRow, error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != epochVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	x := new(epochRow)
	change := r.Opaque()
	r.Copy(x.commit[:])
	x.seq = r.Uint64()
	x.atMS, x.lenient = r.Uint64(), r.Bool()
	x.heads = map[account.ID]uint64{}
	heads := r.Vector()
	for heads.More() {
		var id account.ID
		heads.Copy(id[:])
		if !heads.Charge(headsEntry) {
			break
		}
		x.heads[id] = heads.Uint64()
	}
	r.Close(heads)
	if r.Bool() {
		x.secrets = &convo.Secrets{EncryptionSecret: bytes.Clone(r.Opaque()), SenderDataSecret: bytes.Clone(r.Opaque())}
		r.Copy(x.secrets.JoinKey[:])
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	var err error
	if x.record, err = convo.ParseRecord(change, nil); err != nil {
		return nil, err
	}
	if x.secrets != nil {
		x.secrets.RecordHash = x.record.Hash()
		x.reader, err = x.record.Reader(x.secrets.History())
	}
	return x, err
}

// participants returns who takes part in the epoch.
func (x *epochRow) participants() convo.Participants { return x.record.Participants }

// epoch returns what is kept of an epoch, nil where it was not walked.
func (e *Engine) epoch(ctx context.Context, c *conversation, at epochID) (*epochRow, error) {
	if x, ok := c.epochs[at]; ok {
		return x, nil
	}
	if c.unwalked[at] {
		return nil, nil
	}
	v, err := e.get(ctx, epochKey(c, at))
	if err != nil {
		return nil, err
	}
	if v == nil {
		// Others are not remembered: who sends makes up numbers.
		if c.pos != nil && at == c.here().next() {
			c.unwalked = map[epochID]bool{at: true}
		}
		return nil, nil
	}
	x, err := parseEpoch(v)
	if err != nil {
		return nil, damaged(err, "epoch")
	}
	c.epochs[at] = x
	return x, nil
}

// keepEpoch adds an epoch to a batch and to what is in memory.
func (c *conversation) keepEpoch(b *store.Batch, x *epochRow) error {
	if x.secrets != nil && x.reader == nil {
		var err error
		if x.reader, err = x.record.Reader(x.secrets.History()); err != nil {
			return fault.Failed(err, "an epoch's secrets cannot be used")
		}
	}
	c.epochs[x.id()] = x
	b.Set(epochKey(c, x.id()).Bytes(), x.append(nil))
	return nil
}

// correctEpoch takes a commit's place and time from the log, whose links have been
// verified, where the walk was told others: so that a lie told once does not
// stand in the way for ever.
func (e *Engine) correctEpoch(ctx context.Context, c *conversation, row *epochRow, x *convo.Entry) error {
	right := *row
	right.seq, right.atMS = x.Seq, x.AcceptedMS
	var b store.Batch
	b.Set(epochKey(c, right.id()).Bytes(), right.append(nil))
	return e.apply(ctx, &b)
}

// moveTo makes p the walked position; saveWalk writes it.
func (c *conversation) moveTo(p *convo.Position, acceptedMS uint64) {
	c.pos, c.moved = p, true
	c.st.Kind = p.State.Facts.Kind
	c.st.Generation, c.st.Epoch = p.Generation, p.Epoch
	c.st.Participants = p.State.Participants
	c.st.CommitMS = acceptedMS
	c.st.Leaving = c.st.stillIn(p.State.Participants)
}

// saveWalk adds the walked position and the group to a batch, if they moved. A
// commit of this device that was under way is settled with it.
func (c *conversation) saveWalk(b *store.Batch) error {
	if !c.moved {
		return nil
	}
	b.Set(tablePosition.ID(c.id[:]).Bytes(), appendPosition(nil, c.pos))
	b.Set(tableList.ID(c.id[:]).Bytes(), c.st.Participants.Append(nil))
	if err := c.setMLS(b); err != nil {
		return err
	}
	k := tablePending.ID(c.id[:])
	b.DeleteRange(k.Bytes(), k.End())
	if c.group != nil && c.usedKeyPackage != nil {
		b.Delete(tableKeyPkg.ID(c.usedKeyPackage).Bytes())
		c.usedKeyPackage = nil
	}
	c.moved = false
	return nil
}

// setMLS adds the group, or the public group, to a batch. A large one is split.
func (c *conversation) setMLS(b *store.Batch) error {
	var v []byte
	var err error
	if c.group != nil {
		v, err = c.group.MarshalBinary()
	} else {
		v, err = c.public.MarshalBinary()
	}
	if err != nil {
		return fault.Failed(err, "the group cannot be saved")
	}
	c.st.Member = c.group != nil
	setParts(b, tableGroup.ID(c.id[:]), v)
	if c.group == nil {
		b.Delete(tableSender.ID(c.id[:]).Bytes())
		return nil
	}
	return c.setSender(b)
}

// setSender adds the own ratchet to a batch: to be applied before a message that
// it sealed leaves this machine.
func (c *conversation) setSender(b *store.Batch) error {
	v, err := c.group.MarshalSender()
	if err != nil {
		return fault.Failed(err, "the group cannot be saved")
	}
	b.Set(tableSender.ID(c.id[:]).Bytes(), v)
	return nil
}

const partSize = 1 << 20

// setParts adds a value of any size to a batch, in parts under a key.
func setParts(b *store.Batch, k store.Key, v []byte) {
	b.DeleteRange(k.Bytes(), k.End())
	for i := uint64(0); i == 0 || len(v) > 0; i++ {
		n := min(partSize, len(v))
		b.Set(k.Uint64(i).Bytes(), v[:n])
		v = v[n:]
	}
}

// getParts reads what setParts wrote, nil where there is nothing.
func (e *Engine) getParts(ctx context.Context, k store.Key) ([]byte, error) {
	var v []byte
	err := e.cfg.Store.Scan(ctx, k.Range(), func(_, part []byte) error {
		v = append(v, part...)
		return nil
	})
	if err != nil {
		return nil, fault.Failed(err, "the device's store cannot be read")
	}
	return v, nil
}

// loadWalk brings position and group into memory, if there are any.
func (e *Engine) loadWalk(ctx context.Context, c *conversation) error {
	if c.pos != nil {
		return nil
	}
	v, err := e.get(ctx, tablePosition.ID(c.id[:]))
	if err != nil || v == nil {
		return err
	}
	pos, err := parsePosition(c.id, v)
	if err != nil {
		return damaged(err, "position")
	}
	state, err := e.getParts(ctx, tableGroup.ID(c.id[:]))
	if err != nil {
		return err
	}
	if !c.st.Member {
		if c.public, err = mls.LoadPublicGroup(state); err != nil {
			return damaged(err, "group")
		}
		c.pos = pos
		return nil
	}
	sender, err := e.get(ctx, tableSender.ID(c.id[:]))
	if err != nil {
		return err
	}
	if c.group, err = mls.LoadGroup(state, sender); err != nil {
		return damaged(err, "group")
	}
	c.pos = pos
	return nil
}
