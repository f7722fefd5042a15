//go:build !mls_xwing83

package mls

import "crypto/hpke"

// privateSuite would know suites beyond the table; a normal build has none. See
// suite_xwing83.go.
func privateSuite(CipherSuite) *suiteParams { return nil }

// deriveKeyPair is KEM.DeriveKeyPair (RFC 9180, section 4).
func (s CipherSuite) deriveKeyPair(ikm Secret) (hpke.PrivateKey, error) {
	return s.params().kem.DeriveKeyPair(ikm)
}
