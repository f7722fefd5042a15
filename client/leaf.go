package client

import (
	"bytes"
	"context"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
)

// tableLeaf says of the own leaf in a conversation with which entry of the own
// chain its commit was made: .ID(conversation).
var tableLeaf = store.Table("lf")

// leavesAtOnce is the size of a group above which a new leaf waits for the next
// commit that there is anyway: such a commit is large there.
const leavesAtOnce = 100

// leafStale reports whether this device's leaf in a conversation is older than
// the device's last rotation.
func (e *Engine) leafStale(ctx context.Context, c *conversation) (bool, error) {
	last := e.lastRotation()
	if last == nil || c.group == nil {
		return false, nil
	}
	v, err := e.get(ctx, tableLeaf.ID(c.id[:]))
	return readUint64(v) < last.Seq, err
}

// leafDue reports whether a new leaf is worth a commit of its own.
func (e *Engine) leafDue(ctx context.Context, c *conversation) (bool, error) {
	n := 0
	for _, l := range c.pos.Record.Leaves {
		if l != nil {
			n++
		}
	}
	if n > leavesAtOnce {
		return false, nil
	}
	return e.leafStale(ctx, c)
}

// noteLeaf notes with which entry of the own chain the own leaf was made, where a
// commit has made it. Chains grow, and a leaf key is drawn when it is needed, so
// the leaf is no older than that entry.
func (e *Engine) noteLeaf(b *store.Batch, before, after *convo.Position) {
	leaf := e.ownLeaf(after)
	if leaf == nil {
		return
	}
	if old := e.ownLeaf(before); old != nil && before.Epoch > 0 && bytes.Equal(old.SignatureKey, leaf.SignatureKey) {
		return
	}
	if head, ok := after.Table.Find(e.self.id); ok {
		b.Set(tableLeaf.ID(after.ID[:]).Bytes(), appendUint64(nil, head.Head.Seq))
	}
}

// ownLeaf returns this device's leaf, or nil.
func (e *Engine) ownLeaf(p *convo.Position) *convo.Leaf {
	for _, l := range p.Record.Leaves {
		if l != nil && l.Account == e.self.id && l.Device == e.self.device.ID() {
			return l
		}
	}
	return nil
}
