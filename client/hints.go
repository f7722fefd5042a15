package client

import (
	"encoding/binary"
	"io"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// keyTargetSeq is a private extension of reactions: the seq of their target, so
// that a reader finds it without an index of ids. It is a hint: the id decides.
var keyTargetSeq = content.TextKey("coffer.target-seq")

// cborUint64 is the first byte of an unsigned integer of 8 bytes in CBOR (RFC
// 8949, section 3); deterministic encoding uses it above 2^32-1 only.
const (
	cborUint8  = 24
	cborUint16 = 25
	cborUint32 = 26
	cborUint64 = 27
)

func withTarget(seq uint64) content.Extensions {
	return content.Extensions{{Key: keyTargetSeq, Value: appendCBORUint(nil, seq)}}
}

func appendCBORUint(b []byte, n uint64) []byte {
	switch {
	case n < cborUint8:
		return append(b, byte(n))
	case n < 1<<8:
		return append(b, cborUint8, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, cborUint16), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, cborUint32), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, cborUint64), n)
}

// targetHint returns the seq that a message's extension names, 0 for none.
func targetHint(m *content.Message) uint64 {
	v := m.Fields().Other.Get(keyTargetSeq)
	switch {
	case len(v) == 1 && v[0] < cborUint8:
		return uint64(v[0])
	case len(v) == 2 && v[0] == cborUint8:
		return uint64(v[1])
	case len(v) == 3 && v[0] == cborUint16:
		return uint64(binary.BigEndian.Uint16(v[1:]))
	case len(v) == 5 && v[0] == cborUint32:
		return uint64(binary.BigEndian.Uint32(v[1:]))
	case len(v) == 9 && v[0] == cborUint64:
		return binary.BigEndian.Uint64(v[1:])
	}
	return 0
}

// epochOf returns the MLS epoch of a message entry.
func epochOf(x *convo.Entry) epochID {
	h, err := mls.ParseHeader(x.Body)
	if err != nil {
		return epochID{}
	}
	at, err := placeOf(h)
	if err != nil {
		return epochID{}
	}
	return at
}

// takesPart reports whether this account is a participant in a record's epoch.
func (e *Engine) takesPart(r *convo.Record) bool {
	_, in := r.Participants.Role(e.self.id)
	return in
}

// searchIndex is the index of this device's messages.
func (e *Engine) searchIndex() *search.Index {
	if e.search == nil {
		// Open reads nothing and fails for a missing source of randomness only.
		e.search, _ = search.Open(e.cfg.Store, search.Options{Rand: e.cfg.Rand})
	}
	return e.search
}

// random fills b.
func (e *Engine) random(b []byte) error {
	if _, err := io.ReadFull(e.cfg.Rand, b); err != nil {
		return fault.Failed(err, "no randomness")
	}
	return nil
}
