//go:build mls_hybrid_only

package mls

import "github.com/coffer-chat/coffer/mls/hybrid"

// smallHPKE is the HPKE of the hybrid suite without crypto/hpke, which brings the
// NIST curves along.
type smallHPKE struct{}

var hybridHPKE smallHPKE

func (smallHPKE) deriveKeyPair(ikm []byte) (priv, pub []byte, err error) {
	priv = hybrid.DeriveSeed(ikm)
	pub, err = smallHPKE{}.public(priv)
	return priv, pub, err
}

func (smallHPKE) public(priv []byte) ([]byte, error) {
	k, err := hybrid.New(priv)
	if err != nil {
		return nil, err
	}
	return k.Public(), nil
}

func (smallHPKE) check(pub []byte) bool { return wellFormedHybrid(pub) }

func (smallHPKE) seal(pub, info, plaintext []byte) (enc, ciphertext []byte, err error) {
	k, err := hybrid.Parse(pub)
	if err != nil {
		return nil, nil, err
	}
	return hybrid.Seal(k, hybrid.AES128GCM, info, nil, plaintext)
}

func (smallHPKE) open(priv, info, enc, ciphertext []byte) ([]byte, error) {
	k, err := hybrid.New(priv)
	if err != nil {
		return nil, err
	}
	return k.Open(hybrid.AES128GCM, info, enc, ciphertext)
}

func (smallHPKE) exportSend(pub []byte, context string, size int) (enc, secret []byte, err error) {
	k, err := hybrid.Parse(pub)
	if err != nil {
		return nil, nil, err
	}
	return hybrid.ExportSend(k, hybrid.AES128GCM, context, size)
}

func (smallHPKE) exportReceive(priv, enc []byte, context string, size int) ([]byte, error) {
	k, err := hybrid.New(priv)
	if err != nil {
		return nil, err
	}
	return k.ExportReceive(hybrid.AES128GCM, enc, context, size)
}
