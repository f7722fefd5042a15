package sealed

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/coffer-chat/coffer/client/store"
)

// KeySize is the length in bytes of the key of a sealed store.
const KeySize = 32

// Labels of everything derived or sealed here (spec/device-store.md).
const (
	labelValues = "coffer device store 1 values"
	labelIDs    = "coffer device store 1 ids"
	labelID     = "coffer device store 1 id"
	labelValue  = "coffer device store 1 value"
)

// hiddenSize is how many bytes of the pseudorandom function stand for an id.
const hiddenSize = 16

// secrets is what a sealed store derives from its key.
type secrets struct {
	values cipher.AEAD // XChaCha20-Poly1305
	ids    []byte      // key of HMAC-SHA256
}

func newSecrets(key []byte) (*secrets, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("%w: %d bytes", store.ErrWrongKey, len(key))
	}
	values, err := hkdf.Expand(sha256.New, key, labelValues, chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	ids, err := hkdf.Expand(sha256.New, key, labelIDs, sha256.Size)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(values)
	if err != nil {
		return nil, err
	}
	return &secrets{values: aead, ids: ids}, nil
}

// Format keeps the secrets out of anything printed.
func (*secrets) Format(f fmt.State, _ rune) { fmt.Fprint(f, "sealed.secrets(redacted)") }

// hide returns the 16 bytes that stand for an id under the structured key
// before it. The same id under another key looks different.
func (s *secrets) hide(before store.Key, id []byte) []byte {
	h := hmac.New(sha256.New, s.ids)
	h.Write([]byte(labelID))
	h.Write(before.ID(id).Bytes())
	return h.Sum(nil)[:hiddenSize]
}

// hideParts maps a structured key to the one that reaches the disk, and
// returns the ids in it.
func (s *secrets) hideParts(tag string, parts []store.Part) (k store.Key, ids [][]byte) {
	k, clear := store.Table(tag), store.Table(tag)
	for _, p := range parts {
		if !p.IsID {
			k, clear = k.Uint64(p.Ordinal), clear.Uint64(p.Ordinal)
			continue
		}
		k, clear = k.ID(s.hide(clear, p.ID)), clear.ID(p.ID)
		ids = append(ids, p.ID)
	}
	return k, ids
}

// key maps a structured key.
func (s *secrets) key(key []byte) (hidden []byte, ids [][]byte, err error) {
	if err := store.CheckKey(key); err != nil {
		return nil, nil, err
	}
	tag, parts, err := store.ParseKey(key)
	if err != nil {
		return nil, nil, err
	}
	k, ids := s.hideParts(tag, parts)
	return k.Bytes(), ids, nil
}

// bound maps a range's bound. open is what a nil bound stands for.
func (s *secrets) bound(b, open []byte) ([]byte, error) {
	if b == nil {
		return open, nil
	}
	tag, parts, end, err := store.ParseBound(b)
	if err != nil {
		return nil, err
	}
	k, _ := s.hideParts(tag, parts)
	if end {
		return k.End(), nil
	}
	return k.Bytes(), nil
}
