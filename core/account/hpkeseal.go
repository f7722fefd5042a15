package account

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"

	"github.com/cloudflare/circl/kem/xwing"
	"golang.org/x/crypto/chacha20poly1305"
)

// Sealing with randomness that is handed in (docs/adr/0015): crypto/hpke draws its
// own, so the sender's half of RFC 9180's base mode is here, over a KEM and an
// HKDF from libraries. crypto/hpke opens the result.
const (
	hpkeKEM     = 0x647a // MLKEM768-X25519
	hpkeKDF     = 0x0001 // HKDF-SHA256
	hpkeAEAD    = 0x0003 // ChaCha20Poly1305
	hpkeVersion = "HPKE-v1"
)

// hpkeSuite is a suite_id (RFC 9180, section 5.1).
type hpkeSuite string

func newHPKESuite(kem, kdf, aead uint16) hpkeSuite {
	id := binary.BigEndian.AppendUint16([]byte("HPKE"), kem)
	return hpkeSuite(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(id, kdf), aead))
}

// extract is LabeledExtract (RFC 9180, section 4).
func (s hpkeSuite) extract(salt []byte, label string, ikm []byte) ([]byte, error) {
	return hkdf.Extract(sha256.New, append([]byte(hpkeVersion+string(s)+label), ikm...), salt)
}

// expand is LabeledExpand (RFC 9180, section 4).
func (s hpkeSuite) expand(prk []byte, label string, info []byte, size int) ([]byte, error) {
	labelled := binary.BigEndian.AppendUint16(nil, uint16(size))
	labelled = append(append(labelled, hpkeVersion+string(s)+label...), info...)
	return hkdf.Expand(sha256.New, prk, string(labelled), size)
}

// schedule is KeySchedule in base mode (RFC 9180, section 5.1): the key and nonce
// of the first message.
func (s hpkeSuite) schedule(shared, info []byte) (key, nonce []byte, err error) {
	idHash, err := s.extract(nil, "psk_id_hash", nil)
	if err != nil {
		return nil, nil, err
	}
	infoHash, err := s.extract(nil, "info_hash", info)
	if err != nil {
		return nil, nil, err
	}
	context := append(append([]byte{0}, idHash...), infoHash...) // mode_base
	secret, err := s.extract(shared, "secret", nil)
	if err != nil {
		return nil, nil, err
	}
	defer clear(secret)
	if key, err = s.expand(secret, "key", context, chacha20poly1305.KeySize); err != nil {
		return nil, nil, err
	}
	nonce, err = s.expand(secret, "base_nonce", context, chacha20poly1305.NonceSize)
	return key, nonce, err
}

// sealTo is SealBase for one message (RFC 9180, section 6.1): the encapsulated key
// and the ciphertext.
func sealTo(public *xwing.PublicKey, info, randomness, plaintext []byte) ([]byte, error) {
	out := make([]byte, xwing.CiphertextSize, SealOverhead+len(plaintext))
	shared := make([]byte, xwing.SharedKeySize)
	defer clear(shared)
	public.EncapsulateTo(out, shared, randomness)
	key, nonce, err := newHPKESuite(hpkeKEM, hpkeKDF, hpkeAEAD).schedule(shared, info)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal(out, nonce, plaintext, nil), nil
}
