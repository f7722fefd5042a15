package hybrid

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"

	"github.com/cloudflare/circl/dh/x25519"
	"github.com/cloudflare/circl/kem/xwing"
	"golang.org/x/crypto/chacha20poly1305"
)

const (
	version = "HPKE-v1"
	kemID   = 0x647a // MLKEM768-X25519
	kdfID   = 0x0001 // HKDF-SHA256
)

// AEAD is what encrypts (RFC 9180, section 7.3).
type AEAD uint16

// The AEADs, all with nonces of 12 bytes and tags of 16.
const (
	AES128GCM        AEAD = 0x0001
	ChaCha20Poly1305 AEAD = 0x0003
)

const nonceSize = 12

func (a AEAD) keySize() int {
	if a == AES128GCM {
		return 16
	}
	return chacha20poly1305.KeySize
}

func (a AEAD) cipher(key []byte) (cipher.AEAD, error) {
	switch a {
	case AES128GCM:
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	case ChaCha20Poly1305:
		return chacha20poly1305.New(key)
	}
	return nil, ErrKey
}

// suite is a suite_id (RFC 9180, section 5.1).
type suite string

func newSuite(kem, kdf uint16, aead AEAD) suite {
	id := binary.BigEndian.AppendUint16([]byte("HPKE"), kem)
	return suite(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(id, kdf), uint16(aead)))
}

// extract is LabeledExtract (RFC 9180, section 4).
func (s suite) extract(salt []byte, label string, ikm []byte) ([]byte, error) {
	return hkdf.Extract(sha256.New, append([]byte(version+string(s)+label), ikm...), salt)
}

// expand is LabeledExpand (RFC 9180, section 4).
func (s suite) expand(prk []byte, label string, info []byte, size int) ([]byte, error) {
	labelled := binary.BigEndian.AppendUint16(nil, uint16(size))
	labelled = append(append(labelled, version+string(s)+label...), info...)
	return hkdf.Expand(sha256.New, prk, string(labelled), size)
}

// keys are what both sides of one sealing share.
type keys struct{ key, nonce, exporter []byte }

func (k keys) erase() {
	clear(k.key)
	clear(k.exporter)
}

// schedule is KeySchedule in base mode (RFC 9180, section 5.1).
func (s suite) schedule(shared, info []byte, keySize int) (keys, error) {
	idHash, err := s.extract(nil, "psk_id_hash", nil)
	if err != nil {
		return keys{}, err
	}
	infoHash, err := s.extract(nil, "info_hash", info)
	if err != nil {
		return keys{}, err
	}
	context := append(append([]byte{0}, idHash...), infoHash...) // mode_base
	secret, err := s.extract(shared, "secret", nil)
	if err != nil {
		return keys{}, err
	}
	defer clear(secret)
	var k keys
	if k.key, err = s.expand(secret, "key", context, keySize); err != nil {
		return keys{}, err
	}
	if k.nonce, err = s.expand(secret, "base_nonce", context, nonceSize); err != nil {
		return keys{}, err
	}
	k.exporter, err = s.expand(secret, "exp", context, sha256.Size)
	return k, err
}

// send is SetupBaseS (RFC 9180, section 5.1.1).
func (p *PublicKey) send(a AEAD, info, randomness []byte) (enc []byte, k keys, err error) {
	if randomness != nil && len(randomness) != RandomnessSize || smallOrder(&p.point) {
		return nil, keys{}, ErrKey
	}
	enc, shared := make([]byte, EncapsulatedSize), make([]byte, xwing.SharedKeySize)
	defer clear(shared)
	p.key.EncapsulateTo(enc, shared, randomness)
	k, err = newSuite(kemID, kdfID, a).schedule(shared, info, a.keySize())
	return enc, k, err
}

// receive is SetupBaseR (RFC 9180, section 5.1.1).
func (k *PrivateKey) receive(a AEAD, info, enc []byte) (keys, error) {
	if len(enc) != EncapsulatedSize {
		return keys{}, ErrOpen
	}
	if point := x25519.Key(enc[EncapsulatedSize-x25519.Size:]); smallOrder(&point) {
		return keys{}, ErrOpen
	}
	shared := make([]byte, xwing.SharedKeySize)
	defer clear(shared)
	k.key.DecapsulateTo(shared, enc)
	return newSuite(kemID, kdfID, a).schedule(shared, info, a.keySize())
}

// Seal is SealBase for one message (RFC 9180, section 6.1): the encapsulated key
// and the ciphertext. Randomness must be RandomnessSize bytes that are secret and
// used for this call only; nil has the KEM draw them, as crypto/hpke does.
func Seal(p *PublicKey, a AEAD, info, randomness, plaintext []byte) (enc, ciphertext []byte, err error) {
	enc, k, err := p.send(a, info, randomness)
	if err != nil {
		return nil, nil, err
	}
	defer k.erase()
	c, err := a.cipher(k.key)
	if err != nil {
		return nil, nil, err
	}
	return enc, c.Seal(nil, k.nonce, plaintext, nil), nil
}

// Open decrypts what Seal made for the same info. Every failure is ErrOpen.
func (k *PrivateKey) Open(a AEAD, info, enc, ciphertext []byte) ([]byte, error) {
	s, err := k.receive(a, info, enc)
	if err != nil {
		return nil, ErrOpen
	}
	defer s.erase()
	c, err := a.cipher(s.key)
	if err != nil {
		return nil, ErrOpen
	}
	plaintext, err := c.Open(nil, s.nonce, ciphertext, nil)
	if err != nil {
		return nil, ErrOpen
	}
	return plaintext, nil
}

// ExportSend is SendExportBase (RFC 9180, section 6.2) without info: the
// encapsulated key, and a secret of size bytes for the context.
func ExportSend(p *PublicKey, a AEAD, context string, size int) (enc, secret []byte, err error) {
	enc, k, err := p.send(a, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	defer k.erase()
	secret, err = newSuite(kemID, kdfID, a).expand(k.exporter, "sec", []byte(context), size)
	return enc, secret, err
}

// ExportReceive returns the secret that ExportSend made. Every failure is ErrOpen.
func (k *PrivateKey) ExportReceive(a AEAD, enc []byte, context string, size int) ([]byte, error) {
	s, err := k.receive(a, nil, enc)
	if err != nil {
		return nil, ErrOpen
	}
	defer s.erase()
	secret, err := newSuite(kemID, kdfID, a).expand(s.exporter, "sec", []byte(context), size)
	if err != nil {
		return nil, ErrOpen
	}
	return secret, nil
}
