package account

import "slices"

// ID returns the account's id.
func (c *Chain) ID() ID { return c.id }

// Handle returns the handle that the genesis entry claims.
func (c *Chain) Handle() Handle { return c.handle }

// Host returns the host that the genesis entry names.
func (c *Chain) Host() Host { return c.host }

// Head returns the newest position.
func (c *Chain) Head() Head {
	n := len(c.entries)
	return Head{uint64(n), c.hashes[n-1]}
}

// HeadAt returns the position of entry seq, false if there is none.
func (c *Chain) HeadAt(seq uint64) (Head, bool) {
	if seq == 0 || seq > uint64(len(c.hashes)) {
		return Head{}, false
	}
	return Head{seq, c.hashes[seq-1]}, true
}

// Has reports whether the chain contains the head.
func (c *Chain) Has(h Head) bool {
	at, ok := c.HeadAt(h.Seq)
	return ok && at == h
}

// CheckExtends returns ErrFork unless the chain contains a head once seen, or
// that head is zero.
func (c *Chain) CheckExtends(seen Head) error {
	if seen.IsZero() || c.Has(seen) {
		return nil
	}
	return ErrFork
}

// Entry returns the entry with that seq, nil if there is none.
func (c *Chain) Entry(seq uint64) *Entry {
	if seq == 0 || seq > uint64(len(c.entries)) {
		return nil
	}
	return c.entries[seq-1]
}

// Entries returns the entries with a seq above after, oldest first.
func (c *Chain) Entries(after uint64) []*Entry {
	return slices.Clone(c.entries[min(after, uint64(len(c.entries))):])
}

// LogHead returns the newest private-log head that the chain names.
func (c *Chain) LogHead() LogHead { return c.entries[len(c.entries)-1].LogHead }

// Keyholders returns the active keyholders in order of addition.
func (c *Chain) Keyholders() []Keyholder { return c.KeyholdersAt(c.Head().Seq) }

// KeyholdersAt returns who was a keyholder after entry seq, with what is known
// of them now.
func (c *Chain) KeyholdersAt(seq uint64) []Keyholder {
	list := make([]Keyholder, 0, c.active)
	for _, k := range c.keyholders {
		if k.activeAt(seq) && seq <= uint64(len(c.entries)) {
			list = append(list, k)
		}
	}
	return list
}

// AllKeyholders returns all keyholders there ever were, in order of addition.
func (c *Chain) AllKeyholders() []Keyholder { return slices.Clone(c.keyholders) }

// Keyholder returns one keyholder, present or past.
func (c *Chain) Keyholder(id KeyholderID) (Keyholder, bool) {
	if k := c.find(id); k != nil {
		return *k, true
	}
	return Keyholder{}, false
}

// ActiveAt reports whether id was a keyholder after entry seq. It is false for
// a seq that the chain does not have.
func (c *Chain) ActiveAt(id KeyholderID, seq uint64) bool {
	k := c.find(id)
	return k != nil && k.activeAt(seq) && seq <= uint64(len(c.entries))
}

// RemovedAt returns the seq of the entry that removed id, false if id is
// active or unknown.
func (c *Chain) RemovedAt(id KeyholderID) (uint64, bool) {
	if k := c.find(id); k != nil && !k.Active() {
		return k.RemovedSeq, true
	}
	return 0, false
}

// MadeBy returns the active keyholders that id added, those that these added,
// and so on, in order of addition: what a removal of a compromised keyholder
// removes too unless told otherwise.
func (c *Chain) MadeBy(id KeyholderID) []Keyholder {
	makers := []KeyholderID{id}
	var made []Keyholder
	for _, k := range c.keyholders { // whoever adds stands before whom it adds
		if k.ID != id && slices.Contains(makers, k.AddedBy) {
			makers = append(makers, k.ID)
			if k.Active() {
				made = append(made, k)
			}
		}
	}
	return made
}

// Vault returns the current vault epoch.
func (c *Chain) Vault() VaultEpoch { return c.epochs[len(c.epochs)-1] }

// VaultEpoch returns the vault epoch with that number, false if there is none.
func (c *Chain) VaultEpoch(number uint64) (VaultEpoch, bool) {
	if number == 0 || number > uint64(len(c.epochs)) {
		return VaultEpoch{}, false
	}
	return c.epochs[number-1], true
}

// VaultEpochs returns all vault epochs, oldest first.
func (c *Chain) VaultEpochs() []VaultEpoch { return slices.Clone(c.epochs) }

// VaultAt returns the vault epoch that was current after entry seq, false if
// there is no such entry.
func (c *Chain) VaultAt(seq uint64) (VaultEpoch, bool) {
	if seq > uint64(len(c.entries)) {
		return VaultEpoch{}, false
	}
	for _, v := range slices.Backward(c.epochs) {
		if v.Seq <= seq {
			return v, true
		}
	}
	return VaultEpoch{}, false
}

// VaultOn reports whether the vault is on.
func (c *Chain) VaultOn() bool { return c.VaultOnAt(uint64(len(c.entries)) + 1) }

// VaultOnAt reports whether the vault was on after entry seq.
func (c *Chain) VaultOnAt(seq uint64) bool {
	for _, v := range slices.Backward(c.vault) {
		if v.seq <= seq {
			return v.on
		}
	}
	return false
}

// Realms returns the account's realms.
func (c *Chain) Realms() RealmSet { return c.realms }
