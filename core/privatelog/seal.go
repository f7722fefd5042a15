package privatelog

import (
	"fmt"
	"io"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/padding"
	"github.com/coffer-chat/coffer/mls/syntax"
	"golang.org/x/crypto/chacha20poly1305"
)

// Seal encrypts and signs the entry that follows prev. Roots must be those of
// the chain's newest head, which the entry names. Payloads are at most
// MaxPayload bytes; their exact size is hidden.
func Seal(rand io.Reader, device *account.KeyholderSecret, now time.Time, c *account.Chain, roots *account.Roots, prev account.LogHead, payload []byte) (*Entry, error) {
	if len(payload) > MaxPayload {
		return nil, ErrSize
	}
	epoch := c.Vault().Number
	root := roots.At(epoch)
	if root == nil || roots.Account() != c.ID() {
		return nil, account.ErrRoot
	}
	e := &Entry{
		Seq: prev.Seq + 1, Prev: prev.Link, Device: device.ID(),
		Chain: c.Head(), VaultEpoch: epoch, Time: uint64(max(now.UnixMilli(), 0)),
	}
	key := root.LogKey(c.ID())
	defer clear(key)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("privatelog: %w", err)
	}
	padded := padding.Pad(payload)
	defer clear(padded)
	out := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(padded)+chacha20poly1305.Overhead)
	if _, err := io.ReadFull(rand, out); err != nil {
		return nil, fmt.Errorf("privatelog: randomness: %w", err)
	}
	e.Ciphertext = aead.Seal(out, out, padded, e.additionalData(c.ID()))
	e.CiphertextHash = account.HashWithLabel(labelCiphertext, e.Ciphertext)
	e.Signature = device.Sign(labelEntry, e.signed(c.ID()))
	return e, nil
}

// Open decrypts an entry's payload. Call it for entries that Verify lets count.
// The errors: ErrErased, or ErrOpen.
func Open(roots *account.Roots, e *Entry) ([]byte, error) {
	if len(e.Ciphertext) == 0 {
		return nil, ErrErased
	}
	root := roots.At(e.VaultEpoch)
	if root == nil || len(e.Ciphertext) < chacha20poly1305.NonceSizeX {
		return nil, ErrOpen
	}
	key := root.LogKey(roots.Account())
	defer clear(key)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, ErrOpen
	}
	nonce, ct := e.Ciphertext[:chacha20poly1305.NonceSizeX], e.Ciphertext[chacha20poly1305.NonceSizeX:]
	padded, err := aead.Open(nil, nonce, ct, e.additionalData(roots.Account()))
	if err != nil {
		return nil, ErrOpen
	}
	payload, err := padding.Unpad(padded)
	if err != nil {
		return nil, ErrOpen
	}
	return payload, nil
}

// additionalData binds a ciphertext to its place.
func (e *Entry) additionalData(id account.ID) []byte {
	b := syntax.AppendString(nil, "Coffer 1.0 private log payload")
	b = append(b, id[:]...)
	b = syntax.AppendUint64(b, e.VaultEpoch)
	b = append(b, e.Device[:]...)
	return syntax.AppendUint64(b, e.Seq)
}
