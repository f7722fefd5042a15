package sealed

import (
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/coffer-chat/coffer/client/store"
)

// sealOverhead is how much longer a sealed value is, beside the ids of its key.
const sealOverhead = chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// seal returns nonce || AEAD(ids || value), bound to the key under which it is
// stored.
func (s *secrets) seal(hidden []byte, ids [][]byte, value []byte, rand io.Reader) ([]byte, error) {
	idSize := 0
	for _, id := range ids {
		idSize += 2 + len(id)
	}
	const n = chacha20poly1305.NonceSizeX
	out := make([]byte, n, sealOverhead+idSize+len(value))
	if _, err := io.ReadFull(rand, out); err != nil {
		return nil, fmt.Errorf("store/sealed: randomness: %w", err)
	}
	for _, id := range ids {
		out = binary.BigEndian.AppendUint16(out, uint16(len(id)))
		out = append(out, id...)
	}
	out = append(out, value...)
	return s.values.Seal(out[:n], out[:n], out[n:], aad(hidden)), nil
}

// open returns the value, and the structured key under which the caller stored
// it.
func (s *secrets) open(hidden, box []byte) (key, value []byte, err error) {
	tag, parts, err := store.ParseKey(hidden)
	if err != nil || len(box) < sealOverhead {
		return nil, nil, store.ErrCorrupt
	}
	const n = chacha20poly1305.NonceSizeX
	rest, err := s.values.Open(nil, box[:n], box[n:], aad(hidden))
	if err != nil {
		return nil, nil, store.ErrCorrupt
	}
	k, ids := store.Table(tag), false
	for _, p := range parts {
		if !p.IsID {
			k = k.Uint64(p.Ordinal)
			continue
		}
		ids = true
		if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
			return nil, nil, store.ErrCorrupt
		}
		end := 2 + int(binary.BigEndian.Uint16(rest))
		k = k.ID(rest[2:end])
		rest = rest[end:]
	}
	if !ids {
		return hidden, rest, nil
	}
	return k.Bytes(), rest, nil
}

func aad(hidden []byte) []byte {
	return append([]byte(labelValue), hidden...)
}
