//go:build !mls_hybrid_only

package mls

import (
	"crypto/hpke"
	"errors"
)

// standardHPKE is the HPKE of one suite by the standard library. The build for
// the browser has hpke_small.go in its place.
type standardHPKE struct {
	kem    hpke.KEM
	kdf    hpke.KDF
	aead   hpke.AEAD
	derive func(ikm []byte) (hpke.PrivateKey, error) // nil: the KEM's own
}

// kemMLKEM768X25519 is the KEM's number in draft-ietf-hpke-pq.
const kemMLKEM768X25519 = 0x647a

// hybridHPKE is the HPKE of the hybrid suite.
var hybridHPKE = standardHPKE{kem: hpke.MLKEM768X25519(), kdf: hpke.HKDFSHA256(), aead: hpke.AES128GCM()}

var errNoSeed = errors.New("the key has no bytes")

func (h standardHPKE) deriveKeyPair(ikm []byte) (priv, pub []byte, err error) {
	derive := h.derive
	if derive == nil {
		derive = h.kem.DeriveKeyPair
	}
	k, err := derive(ikm)
	if err != nil {
		return nil, nil, err
	}
	if priv, err = k.Bytes(); err != nil {
		return nil, nil, errNoSeed
	}
	return priv, k.PublicKey().Bytes(), nil
}

func (h standardHPKE) public(priv []byte) ([]byte, error) {
	k, err := h.kem.NewPrivateKey(priv)
	if err != nil {
		return nil, err
	}
	return k.PublicKey().Bytes(), nil
}

func (h standardHPKE) check(pub []byte) bool {
	if h.kem.ID() == kemMLKEM768X25519 {
		return wellFormedHybrid(pub)
	}
	_, err := h.kem.NewPublicKey(pub)
	return err == nil
}

func (h standardHPKE) sender(pub, info []byte) ([]byte, *hpke.Sender, error) {
	k, err := h.kem.NewPublicKey(pub)
	if err != nil {
		return nil, nil, err
	}
	return hpke.NewSender(k, h.kdf, h.aead, info)
}

func (h standardHPKE) recipient(priv, info, enc []byte) (*hpke.Recipient, error) {
	k, err := h.kem.NewPrivateKey(priv)
	if err != nil {
		return nil, err
	}
	return hpke.NewRecipient(enc, k, h.kdf, h.aead, info)
}

func (h standardHPKE) seal(pub, info, plaintext []byte) (enc, ciphertext []byte, err error) {
	enc, s, err := h.sender(pub, info)
	if err != nil {
		return nil, nil, err
	}
	ciphertext, err = s.Seal(nil, plaintext)
	return enc, ciphertext, err
}

func (h standardHPKE) open(priv, info, enc, ciphertext []byte) ([]byte, error) {
	r, err := h.recipient(priv, info, enc)
	if err != nil {
		return nil, err
	}
	return r.Open(nil, ciphertext)
}

func (h standardHPKE) exportSend(pub []byte, context string, size int) (enc, secret []byte, err error) {
	enc, s, err := h.sender(pub, nil)
	if err != nil {
		return nil, nil, err
	}
	secret, err = s.Export(context, size)
	return enc, secret, err
}

func (h standardHPKE) exportReceive(priv, enc []byte, context string, size int) ([]byte, error) {
	r, err := h.recipient(priv, nil, enc)
	if err != nil {
		return nil, err
	}
	return r.Export(context, size)
}
