package account

import (
	"crypto/subtle"
	"fmt"

	"github.com/coffer-chat/coffer/mls/syntax"
	"golang.org/x/crypto/argon2"
)

const (
	// MaxPassword is the length limit of a sign-in password in bytes.
	MaxPassword = 1024
	// PasswordSaltSize is the size of the salt that a server keeps for a handle.
	PasswordSaltSize = 16
)

// PasswordParameters say how a sign-in password is stretched with Argon2id
// (RFC 9106). The server keeps them beside the salt and hands both out before
// sign-in, so a client believes them only within bounds.
type PasswordParameters struct {
	Version   uint8  // 1: Argon2id, then HKDF as StretchPassword does
	Time      uint32 // passes
	MemoryKiB uint32
	Threads   uint8
}

// DefaultPasswordParameters returns what new passwords are stretched with,
// which is also the least that is accepted: 64 MiB, three passes, one lane.
func DefaultPasswordParameters() PasswordParameters {
	return PasswordParameters{Version: 1, Time: 3, MemoryKiB: 64 << 10, Threads: 1}
}

// The most that is accepted, so that a server cannot stall a client.
const (
	maxPasswordTime   = 16
	maxPasswordMemory = 1 << 20 // KiB
	maxPasswordLanes  = 8
)

// Check returns ErrPasswordParameters if p is weaker than the default or
// absurdly large.
func (p PasswordParameters) Check() error {
	d := DefaultPasswordParameters()
	if p.Version != d.Version || p.Time < d.Time || p.Time > maxPasswordTime ||
		p.MemoryKiB < d.MemoryKiB || p.MemoryKiB > maxPasswordMemory ||
		p.Threads < d.Threads || p.Threads > maxPasswordLanes {
		return ErrPasswordParameters
	}
	return nil
}

// Marshal returns the encoding, 10 bytes.
func (p PasswordParameters) Marshal() []byte {
	b := syntax.AppendUint8(nil, p.Version)
	b = syntax.AppendUint32(b, p.Time)
	b = syntax.AppendUint32(b, p.MemoryKiB)
	return syntax.AppendUint8(b, p.Threads)
}

// ParsePasswordParameters decodes what Marshal returned and checks the bounds.
func ParsePasswordParameters(data []byte) (PasswordParameters, error) {
	r := syntax.NewReader(data)
	p := PasswordParameters{r.Uint8(), r.Uint32(), r.Uint32(), r.Uint8()}
	if err := r.Done(); err != nil {
		return PasswordParameters{}, fmt.Errorf("%w: password parameters: %w", ErrMalformed, err)
	}
	if err := p.Check(); err != nil {
		return PasswordParameters{}, err
	}
	return p, nil
}

// StretchedPassword is a password after stretching: two independent keys.
type StretchedPassword struct {
	_     incomparable
	auth  [32]byte
	realm [32]byte
}

// StretchPassword stretches a password, bound to host and handle, with the
// salt (PasswordSaltSize bytes) that the server gave out for the handle. It
// takes some tenths of a second and p.MemoryKiB of memory. The password is the
// UTF-8 of what was typed, unchanged.
func StretchPassword(password []byte, p PasswordParameters, host Host, handle Handle, salt []byte) (*StretchedPassword, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if len(password) == 0 || len(password) > MaxPassword {
		return nil, ErrPassword
	}
	if len(salt) != PasswordSaltSize {
		return nil, fmt.Errorf("%w: salt", ErrPasswordParameters)
	}
	context := syntax.AppendString(nil, string(host))
	context = syntax.AppendString(context, string(handle))
	context = syntax.AppendOpaque(context, salt)
	bound := HashWithLabel("password salt", context)
	key := argon2.IDKey(password, bound[:], p.Time, p.MemoryKiB, p.Threads, 32)
	defer clear(key)
	s := &StretchedPassword{}
	copy(s.auth[:], ExpandWithLabel(key, "password authentication key", nil, 32))
	copy(s.realm[:], ExpandWithLabel(key, "password realm key", nil, 32))
	return s, nil
}

// AuthKey returns a copy of the 32-byte key that proves the password to the
// server, which never sees the password.
func (s *StretchedPassword) AuthKey() []byte { return append([]byte(nil), s.auth[:]...) }

// RealmKey returns a copy of the 32-byte key under which a PIN's realms are
// authenticated. The server never sees it.
func (s *StretchedPassword) RealmKey() []byte { return append([]byte(nil), s.realm[:]...) }

// Erase overwrites both keys.
func (s *StretchedPassword) Erase() { clear(s.auth[:]); clear(s.realm[:]) }

// Format prints no part of the keys.
func (s StretchedPassword) Format(f fmt.State, _ rune) { printRedacted(f) }

// PasswordVerifier is what the server keeps of an authentication key.
func PasswordVerifier(authKey []byte) Hash { return HashWithLabel("password verifier", authKey) }

// CheckPassword reports, in constant time, whether authKey is the one behind
// the verifier.
func CheckPassword(verifier Hash, authKey []byte) bool {
	got := PasswordVerifier(authKey)
	return subtle.ConstantTimeCompare(got[:], verifier[:]) == 1
}

// InventedSalt is the salt that a server gives out for a handle that it does
// not know: always the same, and to others like a real one. The secret is the
// server's own, at least 32 random bytes.
func InventedSalt(secret []byte, handle Handle) []byte {
	return ExpandWithLabel(secret, "invented password salt", []byte(handle), PasswordSaltSize)
}
