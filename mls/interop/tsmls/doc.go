// Package tsmls tests package mls against implementations of RFC 9420 in
// JavaScript, in both directions: ts-mls, and Wire's core-crypto, which is
// OpenMLS compiled to WebAssembly. It holds tests only; see ../README.md.
package tsmls
