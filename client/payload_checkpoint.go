package client

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Bounds of a checkpoint: together a payload of one stays below 64 KiB.
const (
	maxExcepted = 2048
	maxTrusted  = 64
	// checkpointChunk is where a writer begins a new payload.
	checkpointChunk = 24 << 10
)

// checkpoint says that a device of the account has verified a conversation's
// log, signatures included, up to an entry (DESIGN 6.3).
type checkpoint struct {
	conversation convo.ID
	head         convo.LogHead
	record       [32]byte // hash of the epoch record in force at head
	messages     uint64   // messages that are shown, up to head
	deleted      [32]byte // deletionSet of those that are not any more
	// excepted are entries that did not open for the writer, so that it says
	// nothing about their signatures.
	excepted []span
	// trusted are devices whose checkpoints the writer has relied on.
	trusted []account.KeyholderID
}

// span is entries from one to another, both included.
type span struct{ from, to uint64 }

// covers reports whether the checkpoint speaks for an entry's signatures.
func (p *checkpoint) covers(seq uint64) bool {
	if seq > p.head.Seq {
		return false
	}
	for _, s := range p.excepted {
		if s.from <= seq && seq <= s.to {
			return false
		}
	}
	return true
}

func (p *checkpoint) append(b []byte) []byte {
	b = append(b, p.conversation[:]...)
	b = appendLogHead(b, p.head)
	b = append(b, p.record[:]...)
	b = syntax.AppendUint64(b, p.messages)
	b = append(b, p.deleted[:]...)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, s := range p.excepted {
			b = syntax.AppendUint64(syntax.AppendUint64(b, s.from), s.to)
		}
		return b
	})
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, id := range p.trusted {
			b = append(b, id[:]...)
		}
		return b
	})
}

func readCheckpoint(r *syntax.Reader) (p checkpoint) {
	r.Copy(p.conversation[:])
	p.head = readLogHead(r)
	r.Copy(p.record[:])
	p.messages = r.Uint64()
	r.Copy(p.deleted[:])
	p.excepted = syntax.List(r, func(r *syntax.Reader) span { return span{r.Uint64(), r.Uint64()} })
	last := uint64(0)
	for _, s := range p.excepted {
		if s.from <= last || s.to < s.from || s.to > p.head.Seq {
			r.Fail(syntax.ErrInvalidValue)
		}
		last = s.to
	}
	p.trusted = syntax.List(r, func(r *syntax.Reader) (id account.KeyholderID) {
		r.Copy(id[:])
		return id
	})
	if len(p.excepted) > maxExcepted || len(p.trusted) > maxTrusted {
		r.Fail(syntax.ErrInvalidValue)
	}
	if p.head.Seq == 0 || p.messages > p.head.Seq {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p
}

// checkpointList is the body of a payload of kind 6.
type checkpointList []checkpoint

func (l checkpointList) bytes() []byte {
	return syntax.AppendVector(nil, func(b []byte) []byte {
		for i := range l {
			b = l[i].append(b)
		}
		return b
	})
}

func parseCheckpointList(b []byte) (checkpointList, error) {
	r := syntax.NewReader(b)
	l := checkpointList(syntax.List(r, readCheckpoint))
	if err := r.Done(); err != nil {
		return nil, err
	}
	return l, nil
}

// deletionSet hashes which entries of a conversation, in ascending order, are
// deleted: taken back, hidden, or without a body.
func deletionSet(id convo.ID, seqs []uint64) [32]byte {
	b := append([]byte(nil), id[:]...)
	for _, n := range seqs {
		b = syntax.AppendUint64(b, n)
	}
	return account.HashWithLabel("deletion set", b)
}
