package account

import (
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/mls/syntax"
	"golang.org/x/crypto/chacha20poly1305"
)

const (
	// MaxName is the length limit of a keyholder's name in bytes.
	MaxName = 62
	// namePlaintext hides a name's length: the name as opaque<V>, then zeros.
	namePlaintext = 64
)

// SealName encrypts the name of a keyholder that is added under the root r, so
// that the server does not read it: a random nonce and XChaCha20-Poly1305 of
// the padded name, 104 bytes in all, bound to the keyholder. A name that is not
// UTF-8 or too long fails with ErrKeyholderName.
func (r *Root) SealName(rand io.Reader, id KeyholderID, name string) ([]byte, error) {
	if len(name) > MaxName || !utf8.ValidString(name) {
		return nil, ErrKeyholderName
	}
	plaintext := syntax.AppendString(make([]byte, 0, namePlaintext), name)[:namePlaintext]
	key := r.nameKey()
	defer clear(key)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("account: name: %w", err)
	}
	out := make([]byte, chacha20poly1305.NonceSizeX, MaxSealedName)
	if _, err := io.ReadFull(rand, out); err != nil {
		return nil, fmt.Errorf("account: randomness: %w", err)
	}
	return aead.Seal(out, out, plaintext, id[:]), nil
}

// OpenName decrypts a keyholder's name. It is empty if the keyholder has none.
// Every failure is ErrOpen.
func (rs *Roots) OpenName(k Keyholder) (string, error) {
	if len(k.SealedName) == 0 {
		return "", nil
	}
	r := rs.At(k.AddedEpoch)
	if r == nil || len(k.SealedName) < chacha20poly1305.NonceSizeX {
		return "", ErrOpen
	}
	key := r.nameKey()
	defer clear(key)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return "", ErrOpen
	}
	nonce, ct := k.SealedName[:chacha20poly1305.NonceSizeX], k.SealedName[chacha20poly1305.NonceSizeX:]
	b, err := aead.Open(nil, nonce, ct, k.ID[:])
	if err != nil {
		return "", ErrOpen
	}
	reader := syntax.NewReader(b)
	name := reader.String()
	if reader.Err() != nil || len(name) > MaxName {
		return "", ErrOpen
	}
	return name, nil
}

// nameKey has no account id in it: the genesis entry, which the id is the hash
// of, holds a name already.
func (r *Root) nameKey() []byte {
	return ExpandWithLabel(r.key[:], "keyholder name key", syntax.AppendUint64(nil, r.epoch), 32)
}
