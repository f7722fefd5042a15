package linking

import (
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gtank/ristretto255"
)

// The cipher suite CPACE-RISTR255-SHA512 of draft-irtf-cfrg-cpace, in the
// initiator-responder setting. The showing device is the initiator, A.
const (
	cpaceDSI  = "CPaceRistretto255"
	shareSize = 32
	keySize   = 64
	// hashBlock is s_in_bytes of SHA-512.
	hashBlock = sha512.BlockSize
)

var errShare = errors.New("linking: malformed public share")

// exchange is one side's part in one run of CPace.
type exchange struct {
	scalar *ristretto255.Scalar
	share  [shareSize]byte // the public share, Ya or Yb
	sid    []byte
}

// newExchange draws the scalar and makes the public share for a password.
func newExchange(rand io.Reader, password, ci, sid []byte) (*exchange, error) {
	var b [64]byte
	defer clear(b[:])
	for {
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return nil, fmt.Errorf("linking: randomness: %w", err)
		}
		s, err := ristretto255.NewScalar().SetUniformBytes(b[:])
		if err != nil {
			return nil, err
		}
		if s.Equal(ristretto255.NewScalar()) == 0 {
			return exchangeWith(s, password, ci, sid), nil
		}
	}
}

func exchangeWith(s *ristretto255.Scalar, password, ci, sid []byte) *exchange {
	x := &exchange{scalar: s, sid: sid}
	y := ristretto255.NewIdentityElement().ScalarMult(s, generator(password, ci, sid))
	copy(x.share[:], y.Bytes())
	return x
}

// generator is calculate_generator: the string is hashed, and the hash mapped to
// the group.
func generator(password, ci, sid []byte) *ristretto255.Element {
	h := sha512.Sum512(generatorString(password, ci, sid))
	defer clear(h[:])
	e, err := ristretto255.NewIdentityElement().SetUniformBytes(h[:])
	if err != nil {
		panic(err) // a hash has 64 bytes
	}
	return e
}

// generatorString pads the first block, so that what follows the password does not
// share a block with it.
func generatorString(password, ci, sid []byte) []byte {
	pad := hashBlock - 1 - len(prependLen(nil, password)) - len(prependLen(nil, []byte(cpaceDSI)))
	return lvCat([]byte(cpaceDSI), password, make([]byte, max(pad, 0)), ci, sid)
}

// key returns ISK. initiator says that this side is A. adA and adB are what the
// sides sent with their shares. It fails for a share that is no group element, or
// the neutral one.
func (x *exchange) key(initiator bool, peer, adA, adB []byte) ([keySize]byte, error) {
	e, err := ristretto255.NewIdentityElement().SetCanonicalBytes(peer)
	if err != nil {
		return [keySize]byte{}, errShare
	}
	k := ristretto255.NewIdentityElement().ScalarMult(x.scalar, e)
	if k.Equal(ristretto255.NewIdentityElement()) == 1 {
		return [keySize]byte{}, errShare
	}
	a, b := x.share[:], peer
	if !initiator {
		a, b = b, a
	}
	in := lvCat([]byte(cpaceDSI+"_ISK"), x.sid, k.Bytes())
	defer clear(in)
	in = append(in, lvCat(a, adA)...)
	return sha512.Sum512(append(in, lvCat(b, adB)...)), nil
}

// erase overwrites the scalar.
func (x *exchange) erase() { x.scalar.Zero() }

// lvCat puts the length before each of its arguments.
func lvCat(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = prependLen(out, p)
	}
	return out
}

// prependLen appends the length in LEB128, and the bytes.
func prependLen(out, p []byte) []byte {
	return append(binary.AppendUvarint(out, uint64(len(p))), p...)
}
