// Package hybrid is HPKE (RFC 9180) in base mode for one KEM, MLKEM768-X25519 of
// draft-ietf-hpke-pq (X-Wing), with HKDF-SHA256. It says the same as the standard
// library's crypto/hpke, byte for byte, and differs in two things: the randomness
// of a sealing can be handed in, and it links no other KEM, which matters where
// the code is downloaded before it runs (docs/adr/0015).
//
// The KEM is circl's; what is written here is RFC 9180's key schedule over
// crypto/hkdf, and the refusal of X25519 points of small order, on which
// crypto/hpke insists (RFC 9180, section 7.1.4) and X-Wing does not.
//
// [Parse] and [New] make keys, [Seal] and [PrivateKey.Open] use them;
// [ExportSend] and [PrivateKey.ExportReceive] agree on a secret instead.
package hybrid
