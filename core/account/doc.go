// Package account keeps a person's identity: the account chain, the vault roots
// that it opens, and what keyholders sign. It is pure: time and randomness are
// parameters, and nothing here reads a clock, a file or the network.
//
// A new account starts with GenerateKeyholder and NewGenesis, which give the
// first entry, its sealed roots and a Chain. Everyone else starts with Replay,
// which verifies a chain from genesis, and then asks the Chain: who is a
// keyholder, at which head, under which vault epoch. Chains are immutable;
// Append returns the next one.
//
// Changes are built with the Chain's Add, Remove, Recover, Rotate, SetVault and
// SetRealms. Each returns an Update: the signed entry, the vault roots sealed
// to keyholders that must travel beside it, the chain after it and the roots
// after it. A server takes entry and sealed roots and calls Append and
// CheckSealedRoots.
//
// A keyholder that was away calls OpenRoots with its own sealed root: from the
// newest root all older ones open.
//
// The formats are those of spec/account-chain.md and spec/vault.md; encodings
// of version 1 do not change.
package account
