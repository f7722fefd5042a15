package convo

import (
	"bytes"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// MaxLeaves bounds the leaves of a group, blanks included.
const MaxLeaves = 1 << 16

// Leaf is what a reader must know of a leaf to verify its messages.
type Leaf struct {
	Account      account.ID
	Device       account.KeyholderID
	SignatureKey []byte // the leaf's MLS signature key
}

func (l *Leaf) equal(o *Leaf) bool {
	if l == nil || o == nil {
		return l == o
	}
	return l.Account == o.Account && l.Device == o.Device && bytes.Equal(l.SignatureKey, o.SignatureKey)
}

// Record is an epoch record: what a later reader needs, beside the deposited
// secrets, to verify and open an MLS epoch's messages (spec/epoch.md).
type Record struct {
	Generation uint32
	Epoch      uint64
	// GroupContext is the epoch's, serialized (RFC 9420, section 8.1).
	GroupContext []byte
	// ExternalPub is the epoch's external public key.
	ExternalPub []byte
	// Leaves has an element for each leaf of the tree; a blank leaf is nil.
	Leaves []*Leaf
	// Participants is the list whose hash the GroupContext holds. The record's
	// own hash covers it by that.
	Participants Participants
}

const (
	recordVersion = 1
	// minLeafChange is the size of the smallest leaf change: index and presence.
	minLeafChange = 5
)

// Hash is the record's labelled hash over its whole, not its change; the
// participants are covered by the GroupContext.
func (c *Record) Hash() [32]byte {
	b := make([]byte, 0, len(c.GroupContext)+len(c.ExternalPub)+len(c.Leaves)*90+64)
	b = c.appendFixed(b)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, l := range c.Leaves {
			b = appendLeaf(b, l)
		}
		return b
	})
	return account.HashWithLabel("epoch record", b)
}

func (c *Record) appendFixed(b []byte) []byte {
	b = syntax.AppendUint16(b, recordVersion)
	b = syntax.AppendUint32(b, c.Generation)
	b = syntax.AppendUint64(b, c.Epoch)
	b = syntax.AppendOpaque(b, c.GroupContext)
	b = syntax.AppendOpaque(b, c.ExternalPub)
	return syntax.AppendUint32(b, uint32(len(c.Leaves)))
}

func appendLeaf(b []byte, l *Leaf) []byte {
	b = syntax.AppendBool(b, l != nil)
	if l == nil {
		return b
	}
	b = append(b, l.Account[:]...)
	b = append(b, l.Device[:]...)
	return syntax.AppendOpaque(b, l.SignatureKey)
}

func readLeaf(r *syntax.Reader) *Leaf {
	if !r.Bool() {
		return nil
	}
	l := syntax.New[Leaf](r)
	r.Copy(l.Account[:])
	r.Copy(l.Device[:])
	l.SignatureKey = bytes.Clone(r.Opaque())
	return l
}

// AppendChange appends the record as a change against prev. With a nil prev it
// names every leaf, the blank ones too, so that a sparse tree's size is paid for.
func (c *Record) AppendChange(b []byte, prev *Record) []byte {
	b = c.appendFixed(b)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for i, l := range c.Leaves {
			var before *Leaf
			if prev != nil && i < len(prev.Leaves) {
				before = prev.Leaves[i]
			}
			if prev == nil || !l.equal(before) {
				b = syntax.AppendUint32(b, uint32(i))
				b = appendLeaf(b, l)
			}
		}
		return b
	})
	if prev == nil {
		return c.Participants.Append(b)
	}
	return c.Participants.appendChange(b, prev.Participants)
}

// ParseRecord applies a change to prev, which it leaves as it is, and refuses
// one that AppendChange does not make.
func ParseRecord(change []byte, prev *Record) (*Record, error) {
	r := syntax.NewReader(change)
	if r.Uint16() != recordVersion {
		return nil, ErrMalformed
	}
	c := &Record{Generation: r.Uint32(), Epoch: r.Uint64()}
	c.GroupContext = bytes.Clone(r.Opaque())
	c.ExternalPub = bytes.Clone(r.Opaque())
	n := r.Uint32()
	v := r.Vector()
	if r.Err() != nil {
		return nil, ErrMalformed
	}
	var before []*Leaf
	if prev != nil {
		before = prev.Leaves
	}
	// A leaf count grows only by leaves that the change names, rounded up to
	// the next power of two (RFC 9420, section 4.1): no other count is right,
	// and none allocates more than the input pays for.
	if n > MaxLeaves || int(n) > 2*(len(before)+v.Len()/minLeafChange) {
		return nil, ErrTooLarge
	}
	c.Leaves = make([]*Leaf, n)
	copy(c.Leaves, before)
	next := uint32(0)
	for v.More() {
		i := v.Uint32()
		l := readLeaf(v)
		if v.Err() != nil || i < next || i >= n {
			return nil, ErrMalformed
		}
		if prev == nil && i != next || prev != nil && l.equal(c.Leaves[i]) {
			return nil, ErrMalformed // a record has one whole form, and one change
		}
		c.Leaves[i] = l
		next = i + 1
	}
	r.Close(v)
	var list Participants
	if prev != nil {
		list = prev.Participants
	}
	if prev == nil && next != n {
		return nil, ErrMalformed
	}
	var err error
	if c.Participants, err = readParticipantsChange(r, list); err != nil {
		return nil, err
	}
	if r.Done() != nil {
		return nil, ErrMalformed
	}
	return c, nil
}

// State reads what the record's GroupContext says of the conversation, and
// holds the participants against it.
func (c *Record) State() (*State, error) {
	ctx, err := mls.ParseGroupContext(c.GroupContext)
	if err != nil {
		return nil, ErrBadRecord
	}
	return ParseState(&ctx, c.Participants)
}

// Leaf returns a leaf, or nil if it is blank or there is none.
func (c *Record) Leaf(index uint32) *Leaf {
	if int64(index) >= int64(len(c.Leaves)) {
		return nil
	}
	return c.Leaves[index]
}
