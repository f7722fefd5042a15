package pinvault

import (
	"errors"

	"golang.org/x/crypto/argon2"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// ErrStretch says that stretch parameters are unknown, weaker than the minimum,
// or so large that a device could not follow.
var ErrStretch = errors.New("pinvault: stretch parameters are not acceptable")

// StretchVersion1 is Argon2id, version 0x13 (RFC 9106).
const StretchVersion1 = 1

// StretchParams say how a PIN is stretched before realms see anything of it.
type StretchParams struct {
	Version uint8  // StretchVersion1
	Memory  uint32 // in KiB
	Passes  uint32
	Threads uint8
}

// DefaultStretch is also the minimum.
var DefaultStretch = StretchParams{Version: StretchVersion1, Memory: 64 << 10, Passes: 3, Threads: 1}

// Check returns ErrStretch unless the parameters are known, at least
// DefaultStretch, and at most 1 GiB, 32 passes and 4 threads.
func (p StretchParams) Check() error {
	if p.Version != StretchVersion1 || p.Memory < DefaultStretch.Memory || p.Memory > 1<<20 ||
		p.Passes < DefaultStretch.Passes || p.Passes > 32 || p.Threads < 1 || p.Threads > 4 {
		return ErrStretch
	}
	return nil
}

func (p StretchParams) append(b []byte) []byte {
	b = syntax.AppendUint8(b, p.Version)
	b = syntax.AppendUint32(b, p.Memory)
	b = syntax.AppendUint32(b, p.Passes)
	return syntax.AppendUint8(b, p.Threads)
}

func readStretch(r *syntax.Reader) (p StretchParams) {
	p = StretchParams{Version: r.Uint8(), Memory: r.Uint32(), Passes: r.Uint32(), Threads: r.Uint8()}
	if r.Err() == nil && p.Check() != nil {
		r.Fail(ErrStretch)
	}
	return p
}

// StretchedPIN is what StretchPIN makes of a PIN: the input of the oblivious
// function, and a part of the key that the secret is sealed under.
type StretchedPIN struct{ input, seal hidden }

// StretchPIN stretches a PIN with Argon2id, salted with account and recovery id:
// 64 MiB and about a tenth of a second with DefaultStretch.
func StretchPIN(pin PIN, p StretchParams, account AccountID, recovery RecoveryID) (StretchedPIN, error) {
	if err := p.Check(); err != nil {
		return StretchedPIN{}, err
	}
	context := append(account[:], recovery[:]...)
	salt := digest(labelStretchSalt, p.append(context))
	out := argon2.IDKey([]byte(pin.text), salt[:], p.Passes, p.Memory, p.Threads, 32)
	return stretchedFrom([32]byte(out)), nil
}

func stretchedFrom(out [32]byte) StretchedPIN {
	return StretchedPIN{
		input: hidden{b: [32]byte(derive(out[:], labelStretchInput, nil, 32))},
		seal:  hidden{b: [32]byte(derive(out[:], labelStretchSeal, nil, 32))},
	}
}

// Erase overwrites what was made of the PIN.
func (s *StretchedPIN) Erase() { s.input.Erase(); s.seal.Erase() }
