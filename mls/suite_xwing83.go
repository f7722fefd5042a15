//go:build mls_xwing83

package mls

import (
	"crypto/hpke"
	"crypto/sha3"
	"crypto/sha512"
)

// The private suite 83 of ts-mls, for tests against it and for nothing else:
// 83 is a value that IANA may assign to another suite. Its KEM is
// MLKEM768-X25519 with the key derivation of draft-connolly-cfrg-xwing-kem,
// where that of draft-ietf-hpke-pq, as in crypto/hpke, is labelled: the same
// KEM identifier, other keys of the same secret.
const xwing83 CipherSuite = 83

var xwing83Params = &suiteParams{
	"MLS_256_XWING_AES256GCM_SHA512_Ed25519",
	standardHPKE{kem: hpke.MLKEM768X25519(), kdf: hpke.HKDFSHA512(), aead: hpke.AES256GCM(), derive: deriveXWing83},
	sha512.New, 64, 32, 12, newGCM, schemeEd25519}

func privateSuite(s CipherSuite) *suiteParams {
	if s == xwing83 {
		return xwing83Params
	}
	return nil
}

func deriveXWing83(ikm []byte) (hpke.PrivateKey, error) {
	return hpke.MLKEM768X25519().NewPrivateKey(sha3.SumSHAKE256(ikm, 32))
}
