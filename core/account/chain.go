package account

import (
	"fmt"
	"slices"
)

// Chain is a verified account chain and what follows from it. A Chain is
// immutable and safe for concurrent use; its memory is shared by those made
// from it.
type Chain struct {
	id      ID
	handle  Handle
	host    Host
	entries []*Entry
	hashes  []Hash

	keyholders []Keyholder // all there ever were, in order of addition
	active     int
	epochs     []VaultEpoch // epochs[i] is number i+1
	vault      []vaultState // every change of on and off
	realms     RealmSet
}

// Keyholder is what a chain says of one keyholder, present or past.
type Keyholder struct {
	ID           KeyholderID
	Kind         Kind
	SignatureKey SignatureKey
	KEM          KEMPublic // its newest
	SealedName   []byte    // see Roots.OpenName
	Realms       RealmSet  // of a PIN

	AddedSeq   uint64      // seq of the entry that added it
	AddedBy    KeyholderID // that entry's signer; the first device: itself
	AddedTime  uint64      // that entry's claimed time, milliseconds
	AddedEpoch uint64      // the vault epoch at AddedSeq: its root seals the name
	SealedSeq  uint64      // seq of the entry beside which its newest sealed root stands

	RemovedSeq uint64  // seq of the entry that removed it; 0 while it is active
	Removal    Removal // of a removed one

	earlierKEM []KEMPublic
}

// Public returns the keyholder's present public keys.
func (k Keyholder) Public() KeyholderPublic {
	return KeyholderPublic{k.Kind, k.SignatureKey, k.KEM}
}

// Active reports whether k has not been removed.
func (k Keyholder) Active() bool { return k.RemovedSeq == 0 }

// activeAt reports whether k was a keyholder after entry seq.
func (k Keyholder) activeAt(seq uint64) bool {
	return k.AddedSeq <= seq && (k.RemovedSeq == 0 || seq < k.RemovedSeq)
}

// VaultEpoch is a vault epoch as the chain shows it.
type VaultEpoch struct {
	VaultOpening
	Seq uint64 // of the entry that opened it
}

type vaultState struct {
	seq uint64
	on  bool
}

// Replay verifies a chain from its genesis entry and returns it.
func Replay(entries []*Entry) (*Chain, error) {
	return replay(entries, 0)
}

// ReplayFrom is Replay for a chain that the caller has verified before up to
// the head given: signatures up to there are not verified again; the hashes
// are, and all rules. It fails with ErrFork if the chain lacks the head.
func ReplayFrom(entries []*Entry, verified Head) (*Chain, error) {
	if verified.Seq > uint64(len(entries)) {
		return nil, ErrFork
	}
	// Each entry names the hash of the one before, which replay checks, so this
	// one comparison covers all entries up to the head.
	if verified.Seq > 0 && entries[verified.Seq-1].Hash() != verified.Hash {
		return nil, ErrFork
	}
	return replay(entries, verified.Seq)
}

func replay(entries []*Entry, trusted uint64) (*Chain, error) {
	if len(entries) == 0 {
		return nil, ErrEmpty
	}
	c := &Chain{}
	for _, e := range entries {
		if err := c.apply(e, e.Seq > trusted); err != nil {
			return nil, fmt.Errorf("entry %d: %w", len(c.entries)+1, err)
		}
	}
	return c, nil
}

// ParseChain decodes entries and replays them.
func ParseChain(entries [][]byte) (*Chain, error) {
	parsed, err := ParseEntries(entries)
	if err != nil {
		return nil, err
	}
	return Replay(parsed)
}

// ParseEntries decodes a list of entries, at most MaxChain.
func ParseEntries(entries [][]byte) ([]*Entry, error) {
	if len(entries) > MaxChain {
		return nil, ErrChainFull
	}
	parsed := make([]*Entry, 0, len(entries))
	for i, data := range entries {
		e, err := ParseEntry(data)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		parsed = append(parsed, e)
	}
	return parsed, nil
}

// Append verifies e as the next entry and returns the chain with it; c stays
// as it is. An entry before which another came in fails with ErrSequence.
func (c *Chain) Append(e *Entry) (*Chain, error) {
	next := c.clone()
	if err := next.apply(e, true); err != nil {
		return nil, err
	}
	return next, nil
}

// clone copies what apply changes.
func (c *Chain) clone() *Chain {
	next := *c
	next.entries = slices.Clone(c.entries)
	next.hashes = slices.Clone(c.hashes)
	next.keyholders = slices.Clone(c.keyholders)
	next.epochs = slices.Clone(c.epochs)
	next.vault = slices.Clone(c.vault)
	return &next
}
