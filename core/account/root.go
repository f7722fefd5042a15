package account

import (
	"crypto/cipher"
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/mls/syntax"
	"golang.org/x/crypto/chacha20poly1305"
)

// RootSize is the size of a vault root in bytes.
const RootSize = 32

// Root is the secret of one vault epoch. All that reads an account's history
// derives from it.
type Root struct {
	_     incomparable
	epoch uint64
	key   [RootSize]byte
}

func generateRoot(rand io.Reader, epoch uint64) (*Root, error) {
	r := &Root{epoch: epoch}
	if _, err := io.ReadFull(rand, r.key[:]); err != nil {
		return nil, fmt.Errorf("account: randomness: %w", err)
	}
	return r, nil
}

// Epoch returns the number of the root's vault epoch.
func (r *Root) Epoch() uint64 { return r.epoch }

// Bytes returns a copy of the root, for storage in a sealed place.
func (r *Root) Bytes() []byte { return append([]byte(nil), r.key[:]...) }

// Erase overwrites the root.
func (r *Root) Erase() { clear(r.key[:]) }

// Equal compares in constant time.
func (r *Root) Equal(o *Root) bool {
	return r.epoch == o.epoch && subtle.ConstantTimeCompare(r.key[:], o.key[:]) == 1
}

// Format prints no part of the root.
func (r Root) Format(f fmt.State, _ rune) { printRedacted(f) }

// Commitment returns the hash that the chain shows of the root.
func (r *Root) Commitment() Hash {
	b := syntax.AppendUint64(nil, r.epoch)
	return HashWithLabel("vault root commitment", append(b, r.key[:]...))
}

// KEM returns the vault's KEM key of this epoch.
func (r *Root) KEM() *KEMSecret {
	seed := ExpandWithLabel(r.key[:], "vault KEM key", syntax.AppendUint64(nil, r.epoch), KEMSeedSize)
	defer clear(seed)
	k, err := NewKEMSecret(seed)
	if err != nil {
		panic("account: " + err.Error()) // every 32 bytes are a seed
	}
	return k
}

// LogKey returns the 32-byte key of the private log in this epoch.
func (r *Root) LogKey(id ID) []byte { return r.derive("private log key", id) }

func (r *Root) derive(label string, id ID) []byte {
	context := syntax.AppendUint64(append([]byte(nil), id[:]...), r.epoch)
	return ExpandWithLabel(r.key[:], label, context, 32)
}

// opening returns the chain's view of r: what an entry says that opens its
// epoch after previous, which is nil in the genesis entry.
func (r *Root) opening(id ID, previous *Root) VaultOpening {
	o := VaultOpening{Number: r.epoch, KEM: r.KEM().Public(), Commitment: r.Commitment()}
	if previous != nil {
		key := r.derive("previous vault root", id)
		defer clear(key)
		o.Previous = previousAEAD(key).Seal(nil, make([]byte, chacha20poly1305.NonceSize), previous.key[:], previousAAD(id, r.epoch))
	}
	return o
}

// matches returns ErrRoot unless r is the root that the chain says opened v.
func (r *Root) matches(v VaultEpoch) error {
	if r.epoch != v.Number || r.Commitment() != v.Commitment || r.KEM().Public() != v.KEM {
		return ErrRoot
	}
	return nil
}

// openPrevious decrypts the root of the epoch before.
func (r *Root) openPrevious(id ID, sealed []byte) (*Root, error) {
	key := r.derive("previous vault root", id)
	defer clear(key)
	b, err := previousAEAD(key).Open(nil, make([]byte, chacha20poly1305.NonceSize), sealed, previousAAD(id, r.epoch))
	if err != nil || len(b) != RootSize {
		return nil, ErrOpen
	}
	defer clear(b)
	return &Root{epoch: r.epoch - 1, key: [RootSize]byte(b)}, nil
}

// previousAEAD may use a zero nonce: its key encrypts one root, once.
func previousAEAD(key []byte) cipher.AEAD {
	a, err := chacha20poly1305.New(key)
	if err != nil {
		panic("account: " + err.Error()) // the key has 32 bytes
	}
	return a
}

func previousAAD(id ID, epoch uint64) []byte {
	b := syntax.AppendString(nil, labelPrefix+"previous vault root")
	b = append(b, id[:]...)
	return syntax.AppendUint64(b, epoch)
}
