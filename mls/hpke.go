package mls

import (
	"bytes"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// hpkeScheme is the HPKE of one suite (RFC 9180, base mode), over serialised keys.
// Senders draw their randomness from the system.
type hpkeScheme interface {
	// deriveKeyPair is KEM.DeriveKeyPair.
	deriveKeyPair(ikm []byte) (priv, pub []byte, err error)
	public(priv []byte) ([]byte, error)
	// check reports whether a public key is well-formed.
	check(pub []byte) bool
	seal(pub, info, plaintext []byte) (enc, ciphertext []byte, err error)
	open(priv, info, enc, ciphertext []byte) ([]byte, error)
	// exportSend and exportReceive are SendExportBase and ReceiveExportBase
	// without info.
	exportSend(pub []byte, context string, size int) (enc, secret []byte, err error)
	exportReceive(priv, enc []byte, context string, size int) ([]byte, error)
}

// HPKEPublicKey is a serialised HPKE public key (RFC 9420, section 5.1.1).
type HPKEPublicKey []byte

// Equal reports whether two public keys are the same.
func (k HPKEPublicKey) Equal(o HPKEPublicKey) bool { return bytes.Equal(k, o) }

// HPKECiphertext is the result of EncryptWithLabel (RFC 9420, section 7.6).
type HPKECiphertext struct {
	KEMOutput  []byte
	Ciphertext []byte
}

// Append appends the encoding of c to b.
func (c HPKECiphertext) Append(b []byte) []byte {
	return syntax.AppendOpaque(syntax.AppendOpaque(b, c.KEMOutput), c.Ciphertext)
}

func readHPKECiphertext(r *syntax.Reader) HPKECiphertext {
	return HPKECiphertext{KEMOutput: r.Opaque(), Ciphertext: r.Opaque()}
}

// DeriveHPKEKey returns the key pair that KEM.DeriveKeyPair makes of ikm.
func (s CipherSuite) DeriveHPKEKey(ikm Secret) (HPKEPrivateKey, HPKEPublicKey, error) {
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	priv, pub, err := s.params().hpke.deriveKeyPair(ikm)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: derive", ErrBadKey)
	}
	return priv, pub, nil
}

// GenerateHPKEKey draws a key pair from rand.
func (s CipherSuite) GenerateHPKEKey(rand io.Reader) (HPKEPrivateKey, HPKEPublicKey, error) {
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	ikm, err := s.random(rand)
	if err != nil {
		return nil, nil, err
	}
	return s.DeriveHPKEKey(ikm)
}

// HPKEPublic returns the public key of a private one.
func (s CipherSuite) HPKEPublic(priv HPKEPrivateKey) (HPKEPublicKey, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	pub, err := s.params().hpke.public(priv)
	if err != nil {
		return nil, fmt.Errorf("%w: private key", ErrBadKey)
	}
	return pub, nil
}

// CheckHPKEKey refuses a public key that is malformed for the suite.
func (s CipherSuite) CheckHPKEKey(pub HPKEPublicKey) error {
	if err := s.check(); err != nil {
		return err
	}
	if !s.params().hpke.check(pub) {
		return fmt.Errorf("%w: public key", ErrBadKey)
	}
	return nil
}

// EncryptWithLabel encrypts plaintext to pub, bound to a label and a context
// (RFC 9420, section 5.1.3).
func (s CipherSuite) EncryptWithLabel(pub HPKEPublicKey, label string, context, plaintext []byte) (HPKECiphertext, error) {
	if err := s.check(); err != nil {
		return HPKECiphertext{}, err
	}
	enc, ct, err := s.params().hpke.seal(pub, labelled(nil, label, context), plaintext)
	if err != nil {
		return HPKECiphertext{}, fmt.Errorf("%w: encapsulation", ErrBadKey)
	}
	return HPKECiphertext{KEMOutput: enc, Ciphertext: ct}, nil
}

// DecryptWithLabel opens what EncryptWithLabel made. Every failure is ErrDecrypt.
func (s CipherSuite) DecryptWithLabel(priv HPKEPrivateKey, label string, context []byte, c HPKECiphertext) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	pt, err := s.params().hpke.open(priv, labelled(nil, label, context), c.KEMOutput, c.Ciphertext)
	if err != nil {
		return nil, ErrDecrypt
	}
	return pt, nil
}

// externalInitLabel is the exporter context of RFC 9420, section 8.3.
const externalInitLabel = labelPrefix + "external init secret"

// externalInitSend makes the init secret of an external commit.
func (s CipherSuite) externalInitSend(pub HPKEPublicKey) (kemOutput []byte, init Secret, err error) {
	kemOutput, init, err = s.params().hpke.exportSend(pub, externalInitLabel, s.HashSize())
	if err != nil {
		return nil, nil, fmt.Errorf("%w: external_pub", ErrBadKey)
	}
	return kemOutput, init, nil
}

// externalInitReceive recovers the init secret of an external commit.
func (s CipherSuite) externalInitReceive(priv HPKEPrivateKey, kemOutput []byte) (Secret, error) {
	init, err := s.params().hpke.exportReceive(priv, kemOutput, externalInitLabel, s.HashSize())
	if err != nil {
		return nil, ErrDecrypt
	}
	return init, nil
}

// random draws KDF.Nh bytes.
func (s CipherSuite) random(rand io.Reader) (Secret, error) {
	b := make([]byte, s.HashSize())
	if err := readRandom(rand, b); err != nil {
		return nil, err
	}
	return b, nil
}

// readRandom fills b.
func readRandom(rand io.Reader, b []byte) error {
	if rand == nil {
		return ErrRandomness
	}
	if _, err := io.ReadFull(rand, b); err != nil {
		return fmt.Errorf("%w: %w", ErrRandomness, err)
	}
	return nil
}

// Parallel runs f(0) … f(n-1), in any order and possibly at the same time, and
// returns when all have ended. A nil Parallel runs them in order.
type Parallel func(n int, f func(i int))

func (p Parallel) run(n int, f func(i int)) {
	if p == nil || n < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	p(n, f)
}

// runErr is run for functions that may fail; it returns the error of the lowest
// index, so that the outcome does not depend on scheduling.
func (p Parallel) runErr(n int, f func(i int) error) error {
	errs := make([]error, n)
	p.run(n, func(i int) { errs[i] = f(i) })
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// chunk is how many small pieces of work go to a core at once.
const chunk = 32

// runChunks is runErr for work so small that handing it out would cost as much.
// The first error of a piece ends it.
func (p Parallel) runChunks(n int, f func(i int) error) error {
	return p.runErr((n+chunk-1)/chunk, func(c int) error {
		for i := c * chunk; i < min(n, (c+1)*chunk); i++ {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	})
}
