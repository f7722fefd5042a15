// Package voprf implements the oblivious pseudorandom function of RFC 9497 for
// the suite ristretto255-SHA512, in its plain (OPRF) and verifiable (VOPRF)
// modes, and a threshold form of it in which the key is shared between several
// evaluators.
//
// A client calls Mode.Blind, sends the element, and calls Mode.Finalize on what
// comes back. An evaluator calls Evaluate and, in VOPRF mode, Mode.Prove; the
// client checks the proof with Mode.Verify. In the threshold form the key is cut
// with Split, each evaluator answers under its share, the client checks each
// answer against the share's public key and puts t of them together with
// CombineElements before it calls Finalize; the result is the same as with the
// whole key.
//
// The package computes and nothing else: randomness comes from the caller.
package voprf
