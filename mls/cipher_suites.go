//go:build !mls_hybrid_only

package mls

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/sha512"

	"golang.org/x/crypto/chacha20poly1305"
)

// suites is the one table of cipher suites.
var suites = map[CipherSuite]*suiteParams{
	MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519: {
		"MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
		standardHPKE{kem: hpke.DHKEM(ecdh.X25519()), kdf: hpke.HKDFSHA256(), aead: hpke.AES128GCM()},
		sha256.New, 32, 16, 12, newGCM, schemeEd25519},
	MLS_128_DHKEMP256_AES128GCM_SHA256_P256: {
		"MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
		standardHPKE{kem: hpke.DHKEM(ecdh.P256()), kdf: hpke.HKDFSHA256(), aead: hpke.AES128GCM()},
		sha256.New, 32, 16, 12, newGCM, schemeP256},
	MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519: {
		"MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
		standardHPKE{kem: hpke.DHKEM(ecdh.X25519()), kdf: hpke.HKDFSHA256(), aead: hpke.ChaCha20Poly1305()},
		sha256.New, 32, 32, 12, chacha20poly1305.New, schemeEd25519},
	MLS_256_DHKEMP521_AES256GCM_SHA512_P521: {
		"MLS_256_DHKEMP521_AES256GCM_SHA512_P521",
		standardHPKE{kem: hpke.DHKEM(ecdh.P521()), kdf: hpke.HKDFSHA512(), aead: hpke.AES256GCM()},
		sha512.New, 64, 32, 12, newGCM, schemeP521},
	MLS_256_DHKEMP384_AES256GCM_SHA384_P384: {
		"MLS_256_DHKEMP384_AES256GCM_SHA384_P384",
		standardHPKE{kem: hpke.DHKEM(ecdh.P384()), kdf: hpke.HKDFSHA384(), aead: hpke.AES256GCM()},
		sha512.New384, 48, 32, 12, newGCM, schemeP384},
	MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519: &suiteHybrid,
}

var suiteOrder = []CipherSuite{
	MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
	MLS_128_DHKEMP256_AES128GCM_SHA256_P256,
	MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
	MLS_256_DHKEMP521_AES256GCM_SHA512_P521,
	MLS_256_DHKEMP384_AES256GCM_SHA384_P384,
	MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519,
}
