package account

import "github.com/coffer-chat/coffer/mls/syntax"

// Head is a position of an account chain: an entry's seq, counted from 1, and
// that entry's hash. The zero value is before the genesis entry.
type Head struct {
	Seq  uint64
	Hash Hash
}

// IsZero reports whether h is before the genesis entry.
func (h Head) IsZero() bool { return h == Head{} }

// Append appends the encoding, 40 bytes.
func (h Head) Append(b []byte) []byte {
	return append(syntax.AppendUint64(b, h.Seq), h.Hash[:]...)
}

// ReadHead reads what Append wrote. A head with seq 0 has the zero hash.
func ReadHead(r *syntax.Reader) (h Head) {
	h.Seq = r.Uint64()
	r.Copy(h.Hash[:])
	if r.Err() == nil && (h.Seq == 0) != h.Hash.IsZero() {
		r.Fail(syntax.ErrInvalidValue)
	}
	return h
}

// LogHead is a position of the private log: the seq of an entry, counted from
// 1, and its link. The zero value is the empty log.
type LogHead struct {
	Seq  uint64
	Link Hash
}

// Append appends the encoding, 40 bytes.
func (h LogHead) Append(b []byte) []byte { return Head{h.Seq, h.Link}.Append(b) }

// ReadLogHead reads what Append wrote. A head with seq 0 has the zero link.
func ReadLogHead(r *syntax.Reader) LogHead {
	h := ReadHead(r)
	return LogHead{h.Seq, h.Hash}
}
