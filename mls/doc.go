// Package mls implements the Messaging Layer Security protocol, RFC 9420.
//
// # The life of a group
//
// rand is crypto/rand.Reader, errors are left out here; the examples are whole.
//
//	suite := mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
//	key, _ := suite.GenerateSignatureKey(rand)
//	me := mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential([]byte("alice"))}
//
//	// Bob publishes a key package, Alice creates a group and adds him.
//	bundle, _ := mls.NewKeyPackage(rand, mls.KeyPackageParams{Suite: suite, Leaf: bob})
//	alice, _ := mls.NewGroup(rand, mls.GroupParams{Suite: suite, GroupID: id, Leaf: me})
//	kp, _ := mls.ParseKeyPackage(bundle.KeyPackage.Message())
//	staged, _ := alice.Commit(rand, mls.CommitOptions{Add: []*mls.KeyPackage{kp}, WelcomeTree: true})
//	// Send staged.Message; nothing has happened until it is accepted. Then:
//	alice = staged.Group()
//	bob, _ := mls.JoinWelcome(staged.Welcome, bundle, mls.JoinOptions{Validate: judge})
//
//	// They talk.
//	msg, _ := alice.Seal(rand, mls.SealOptions{}, []byte("hello"))
//	app, _ := bob.Open(msg) // app.Data, app.Sender
//
//	// Carol joins by herself; the others process her commit.
//	joined, _ := mls.JoinExternal(rand, staged.GroupInfo, mls.ExternalOptions{Leaf: carol, Tree: alice.Tree()})
//	next, _ := alice.Process(joined.Message, mls.ProcessOptions{Validate: judge})
//	alice = next.Group() // next.Added says who came
//
//	// Bob is removed; everybody's keys change.
//	staged, _ = alice.Commit(rand, mls.CommitOptions{Remove: []mls.LeafIndex{app.Sender}})
//
//	// To disk and back.
//	state, _ := alice.MarshalBinary()
//	sender, _ := alice.MarshalSender()
//	alice, _ = mls.LoadGroup(state, sender)
//
// [Group.Propose] and its kin send proposals for others to commit, [PSK] injects
// keys, [Group.Reinitialize] and [Group.Branch] begin a group that follows from
// this one, [Policy] and [Validator] hold the application's rules.
//
// # A group is a value
//
// A [Group] is one MLS epoch as one member sees it. Commit and Process never
// change it: they return a [StagedCommit] that holds the next epoch's group, so
// that a commit that fails, or that loses a race, leaves nothing to undo. What
// does change in a Group are the message ratchets: Seal advances the own one,
// Open consumes the keys of others.
//
// A Group is saved in two parts. [Group.MarshalBinary] is the whole epoch; while
// history is kept (see below) it changes with a commit only.
// [Group.MarshalSender] is the own ratchet, less than 300 bytes: it must be on
// disk before a message that Seal or Commit returned leaves the machine.
// [LoadGroup] takes both. For large groups there is [Saver]: it keeps a group in
// many small records, and writes those that have changed; without history that
// is what keeps forward secrecy cheap. A Group that the next epoch's has replaced
// is ended by [Group.Erase].
//
// # Readers without membership
//
// [PublicGroup] follows a group from its public handshake messages, as a
// delivery service does: it checks all that can be checked without secrets.
// [EpochReader] decrypts the messages of an epoch later, in any order, from the
// two secrets that [Group.HistorySecrets] hands out while [Group.KeepHistory]
// is on. Without it secrets are erased as they are used (RFC 9420, section 9.2).
//
// # What the caller provides
//
// The package keeps no clock, starts no goroutine, does no input or output and
// holds no global state. Time is a parameter (the zero time means: do not check
// lifetimes), so is parallelism ([Parallel]; nil works in order), and so is
// randomness, with one exception: the ephemeral keys of HPKE and of ECDSA are
// drawn by the standard library, which offers no choice there. Whether a
// credential is acceptable is decided by a [Validator]. A Group or EpochReader
// must not be used by several goroutines at once; a PublicGroup may be.
//
// # Errors
//
// Each refusal has a named error, see [ErrWrongEpoch] and its neighbours, to be
// tested with errors.Is. Whatever goes wrong in a decryption is [ErrDecrypt].
// VALIDATION.md beside this file lists every rule of the RFC with its error and
// the test that breaks it, GUARANTEES.md what a caller may rely on and must do,
// STABILITY.md what stays the same across versions. A message that is refused leaves the Group as it was,
// with one exception that section 9.2 asks for, see there.
//
// # Costs
//
// Sealing and opening do not depend on the size of the group: the secret tree is
// derived along one path only, once per sender and epoch. Each signature covers
// the serialised GroupContext, however, so group context extensions should be
// small: put the hash of a long list there, not the list.
//
// An epoch shares with the one before whatever a commit did not change, so that
// commits, theirs and one's own, cost in proportion to what they change: to the
// logarithm of the group's size, once its members have renewed their keys. Joining
// verifies a signature for each member, adding two for each new one; with a
// [Parallel] on all cores.
//
// A Welcome for many should not carry the ratchet tree ([CommitOptions] has
// WelcomeTree for small groups): HPKE hashes the whole Welcome's GroupInfo once for
// each new member. Send [Group.Tree] beside it, once.
package mls
