package pinvault

// AccountID names an account: the hash of the first entry of its chain.
type AccountID [32]byte

// RecoveryID names a recovery method of an account: its keyholder id in the
// account's chain. Each PIN ever set has one of its own.
type RecoveryID [16]byte

// RegistrationID is drawn at random for each registration, so that shares of two
// attempts under one RecoveryID are never mixed.
type RegistrationID [16]byte

// PublicKey is an Ed25519 public key: of a realm, of an account's server, of a
// device, or of one client's session with a realm.
type PublicKey [32]byte
