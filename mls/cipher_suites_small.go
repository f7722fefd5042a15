//go:build mls_hybrid_only

package mls

// In a browser every byte of code is fetched before the first screen, and Coffer
// makes hybrid groups only: the suites of the NIST curves and of plain X25519
// would cost the page a tenth of its size. A leaf's capabilities say so.
var suites = map[CipherSuite]*suiteParams{MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519: &suiteHybrid}

var suiteOrder = []CipherSuite{MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519}
