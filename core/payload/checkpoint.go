package payload

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Bounds of a checkpoint: together a payload of one stays below 64 KiB.
const (
	MaxExcepted = 2048
	MaxTrusted  = 64
	// CheckpointChunk is where a writer begins a new payload.
	CheckpointChunk = 24 << 10
)

// Checkpoint says that a device of the account has verified a conversation's
// log, signatures included, up to an entry (DESIGN 6.3).
type Checkpoint struct {
	Conversation convo.ID
	Head         convo.LogHead
	Record       [32]byte // hash of the epoch record in force at head
	Messages     uint64   // messages that are shown, up to head
	Deleted      [32]byte // DeletionSet of those that are not any more
	// Excepted are entries that did not open for the writer, so that it says
	// nothing about their signatures.
	Excepted []Span
	// Trusted are devices whose checkpoints the writer has relied on.
	Trusted []account.KeyholderID
}

// Span is entries from one to another, both included.
type Span struct{ From, To uint64 }

// Covers reports whether the checkpoint speaks for an entry's signatures.
func (p *Checkpoint) Covers(seq uint64) bool {
	if seq > p.Head.Seq {
		return false
	}
	for _, s := range p.Excepted {
		if s.From <= seq && seq <= s.To {
			return false
		}
	}
	return true
}

// Append appends the encoding to b.
func (p *Checkpoint) Append(b []byte) []byte {
	b = append(b, p.Conversation[:]...)
	b = append(syntax.AppendUint64(b, p.Head.Seq), p.Head.Link[:]...)
	b = append(b, p.Record[:]...)
	b = syntax.AppendUint64(b, p.Messages)
	b = append(b, p.Deleted[:]...)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, s := range p.Excepted {
			b = syntax.AppendUint64(syntax.AppendUint64(b, s.From), s.To)
		}
		return b
	})
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, id := range p.Trusted {
			b = append(b, id[:]...)
		}
		return b
	})
}

// ReadCheckpoint reads one from among others.
func ReadCheckpoint(r *syntax.Reader) (p Checkpoint) {
	r.Copy(p.Conversation[:])
	p.Head.Seq = r.Uint64()
	r.Copy(p.Head.Link[:])
	r.Copy(p.Record[:])
	p.Messages = r.Uint64()
	r.Copy(p.Deleted[:])
	p.Excepted = syntax.List(r, func(r *syntax.Reader) Span { return Span{r.Uint64(), r.Uint64()} })
	last := uint64(0)
	for _, s := range p.Excepted {
		if s.From <= last || s.To < s.From || s.To > p.Head.Seq {
			r.Fail(syntax.ErrInvalidValue)
		}
		last = s.To
	}
	p.Trusted = syntax.List(r, func(r *syntax.Reader) (id account.KeyholderID) {
		r.Copy(id[:])
		return id
	})
	if len(p.Excepted) > MaxExcepted || len(p.Trusted) > MaxTrusted {
		r.Fail(syntax.ErrInvalidValue)
	}
	if p.Head.Seq == 0 || p.Messages > p.Head.Seq {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p
}

// CheckpointList is the body of a payload of kind 6.
type CheckpointList []Checkpoint

// Bytes returns a payload's body.
func (l CheckpointList) Bytes() []byte {
	return syntax.AppendVector(nil, func(b []byte) []byte {
		for i := range l {
			b = l[i].Append(b)
		}
		return b
	})
}

// ParseCheckpointList reads a payload's body.
func ParseCheckpointList(b []byte) (CheckpointList, error) {
	r := syntax.NewReader(b)
	l := CheckpointList(syntax.List(r, ReadCheckpoint))
	if err := r.Done(); err != nil {
		return nil, err
	}
	return l, nil
}

// DeletionSet hashes which entries of a conversation, in ascending order, are
// deleted: taken back, hidden, or without a body.
func DeletionSet(id convo.ID, seqs []uint64) [32]byte {
	b := append([]byte(nil), id[:]...)
	for _, n := range seqs {
		b = syntax.AppendUint64(b, n)
	}
	return account.HashWithLabel("deletion set", b)
}
