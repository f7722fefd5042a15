package client

import (
	"encoding/binary"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Version 1 has no SignedDeposits.
const convStateVersion = 2

// convState is what a device keeps of a conversation in one small value.
type convState struct {
	ID           convo.ID
	Number       uint32 // in the search index
	Kind         convo.Kind
	Name         string // a group's
	InfoSeq      uint64 // entry that set the name
	Peer         account.ID
	Participants convo.Participants // kept beside it: they change with commits only
	Member       bool               // this device is a leaf, and its group is stored
	Gone         bool               // the account has left or was removed
	Generation   uint32
	Epoch        uint64
	CommitMS     uint64 // when the newest commit was accepted

	// Entries Bottom.Seq to Top.Seq are verified and stored; Bottom.Link is the
	// one that the entry above vouches for. Nothing is when Bottom is above Top.
	Top, Bottom convo.LogHead
	HeadSeq     uint64 // the newest head that the server has signed
	ActivityMS  uint64
	Messages    uint64
	// Named are heads that entries name and that lie below Bottom.
	Named []convo.LogHead
	// Missing are entries without a body that nothing excuses so far.
	Missing []uint64
	// Locked counts messages of epochs whose deposit does not open, from LockedFrom
	// to LockedTo.
	Locked, LockedFrom, LockedTo uint64
	// Leaving are accounts that have posted a leave entry and are still in.
	Leaving []account.ID
	// Removed are devices of which their accounts' chains say that they were
	// removed, and what this log says of them.
	Removed []removedDevice
	// Checked is the epoch whose deposits this device has checked.
	Checked uint64
	// Generations are the conversation's groups, from the first.
	Generations []generation
	// Stuck says why this device cannot take part unless the next generation is
	// opened; 0: it can.
	Stuck convo.Reason
	// Signed is what the newest commit's sender has signed of its deposits.
	Signed signedDeposits
}

// known reports whether any of the log has been stored.
func (s *convState) known() bool { return s.Bottom.Seq <= s.Top.Seq }

func (s *convState) append(b []byte) []byte {
	b = syntax.AppendUint16(b, convStateVersion)
	b = append(b, s.ID[:]...)
	b = syntax.AppendUint32(b, s.Number)
	b = syntax.AppendUint8(b, uint8(s.Kind))
	b = syntax.AppendString(b, s.Name)
	b = syntax.AppendUint64(b, s.InfoSeq)
	b = append(b, s.Peer[:]...)
	b = syntax.AppendBool(b, s.Member)
	b = syntax.AppendBool(b, s.Gone)
	b = syntax.AppendUint32(b, s.Generation)
	for _, n := range []uint64{s.Epoch, s.CommitMS, s.HeadSeq, s.ActivityMS, s.Messages, s.Checked, s.Locked, s.LockedFrom, s.LockedTo} {
		b = syntax.AppendUint64(b, n)
	}
	b = appendLogHead(b, s.Top)
	b = appendLogHead(b, s.Bottom)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, h := range s.Named {
			b = appendLogHead(b, h)
		}
		return b
	})
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, n := range s.Missing {
			b = syntax.AppendUint64(b, n)
		}
		return b
	})
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, id := range s.Leaving {
			b = append(b, id[:]...)
		}
		return b
	})
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for i := range s.Removed {
			b = s.Removed[i].append(b)
		}
		return b
	})
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for i := range s.Generations {
			b = s.Generations[i].append(b)
		}
		return b
	})
	return append(syntax.AppendUint8(b, uint8(s.Stuck)), s.Signed[:]...)
}

func parseConvState(v []byte) (convState, error) {
	r := syntax.NewReader(v)
	version := r.Uint16()
	if r.Err() == nil && version != convStateVersion && version != 1 {
		r.Fail(syntax.ErrInvalidValue)
	}
	var s convState
	r.Copy(s.ID[:])
	s.Number = r.Uint32()
	s.Kind = convo.Kind(r.Uint8())
	s.Name = r.String()
	s.InfoSeq = r.Uint64()
	r.Copy(s.Peer[:])
	s.Member, s.Gone = r.Bool(), r.Bool()
	s.Generation = r.Uint32()
	for _, n := range []*uint64{&s.Epoch, &s.CommitMS, &s.HeadSeq, &s.ActivityMS, &s.Messages, &s.Checked, &s.Locked, &s.LockedFrom, &s.LockedTo} {
		*n = r.Uint64()
	}
	s.Top, s.Bottom = readLogHead(r), readLogHead(r)
	s.Named = syntax.List(r, readLogHead)
	s.Missing = syntax.List(r, (*syntax.Reader).Uint64)
	s.Leaving = syntax.List(r, func(r *syntax.Reader) (id account.ID) {
		r.Copy(id[:])
		return id
	})
	s.Removed = syntax.List(r, readRemovedDevice)
	s.Generations = syntax.List(r, readGeneration)
	s.Stuck = convo.Reason(r.Uint8())
	if version > 1 {
		r.Copy(s.Signed[:])
	}
	return s, r.Done()
}

// lock notes a message whose epoch's secrets this account should have.
func (s *convState) lock(seq uint64) {
	if s.Locked == 0 || seq < s.LockedFrom {
		s.LockedFrom = seq
	}
	s.Locked++
	s.LockedTo = max(s.LockedTo, seq)
}

func appendLogHead(b []byte, h convo.LogHead) []byte {
	return append(syntax.AppendUint64(b, h.Seq), h.Link[:]...)
}

func readLogHead(r *syntax.Reader) convo.LogHead {
	h := convo.LogHead{Seq: r.Uint64()}
	r.Copy(h.Link[:])
	return h
}

func readUint64(v []byte) uint64 {
	if len(v) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(v)
}
