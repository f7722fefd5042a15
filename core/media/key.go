package media

import (
	"crypto/subtle"
	"fmt"
	"io"
)

// KeySize is the size of a Key in bytes.
const KeySize = 32

// Key encrypts one file and nothing else: nonces are segment numbers, so a key
// that is used for a second content gives both away. It prints redacted.
type Key struct {
	_ [0]func() // not comparable: use Equal
	k [KeySize]byte
}

// NewKey reads a fresh key from rand.
func NewKey(rand io.Reader) (Key, error) {
	var k Key
	if _, err := io.ReadFull(rand, k.k[:]); err != nil {
		return Key{}, fmt.Errorf("media: reading randomness: %w", err)
	}
	return k, nil
}

// KeyFromBytes returns the key with the given 32 bytes, as found in a message.
func KeyFromBytes(b []byte) (Key, error) {
	var k Key
	if len(b) != KeySize {
		return Key{}, fmt.Errorf("%w: key length", ErrInvalid)
	}
	copy(k.k[:], b)
	return k, nil
}

// Bytes returns a copy of the key, for writing it into a message.
func (k Key) Bytes() []byte { return append([]byte(nil), k.k[:]...) }

// Equal compares in constant time.
func (k Key) Equal(other Key) bool { return subtle.ConstantTimeCompare(k.k[:], other.k[:]) == 1 }

// String hides the key.
func (k Key) String() string { return "media.Key(redacted)" }

// GoString hides the key.
func (k Key) GoString() string { return k.String() }

// Format hides the key whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { io.WriteString(f, k.String()) }
