// Package recoverycode is a secret that a person keeps on paper: 40 characters
// in eight groups of five, which stay readable with any three of them wrong.
//
// New makes a Secret, Format prints its code, and Parse reads one, tolerant of
// case, spaces, dashes and look-alike letters, and says how much it corrected.
//
// A code is a Reed-Solomon code word over GF(1024): 20 symbols of two
// characters, 14 of them a 4-bit version and a 136-bit secret, 6 of them
// parity. The format is that of spec/recovery-code.md.
package recoverycode
