// Package coffer is the root of Coffer, the messenger that remembers, on a
// server that cannot read. It holds no code, only the tests of the house's
// rules; README.md says what there is, ARCHITECTURE.md where.
package coffer
