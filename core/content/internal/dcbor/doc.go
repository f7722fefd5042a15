// Package dcbor reads and writes CBOR in the deterministic form of RFC 8949,
// section 4.2.1, as draft-ietf-mimi-content requires it: every length and
// integer in its shortest form, no indefinite lengths, map keys sorted bytewise
// by their encoding and unique.
//
// Reading goes through a Reader whose first error sticks; NewReader is the
// function to call first. There is exactly one accepted encoding of every value,
// so whatever was read can be written again byte for byte. Nothing is allocated
// for a length before the input is known to hold that much.
package dcbor
