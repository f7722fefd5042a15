package account

import "slices"

// apply verifies e as the next entry and changes c. After an error c is not
// usable.
func (c *Chain) apply(e *Entry, signatures bool) error {
	if e == nil || e.Body == nil {
		return ErrMalformed
	}
	encoded := e.Marshal()
	if len(encoded) > MaxEntry {
		return ErrEntrySize
	}
	if err := c.checkPlace(e); err != nil {
		return err
	}
	signer, err := c.authority(e)
	if err != nil {
		return err
	}
	if signatures {
		if err := e.verifySignatures(signer); err != nil {
			return err
		}
	}
	if len(c.entries) == 0 {
		c.id = ID(HashWithLabel(labelAccountID, encoded))
	}
	if err := c.change(e); err != nil {
		return err
	}
	c.entries = append(c.entries, e)
	c.hashes = append(c.hashes, HashWithLabel(labelEntryHash, encoded))
	return nil
}

// checkPlace checks that e stands where it says: account, seq, predecessor and
// a private log that does not shrink.
func (c *Chain) checkPlace(e *Entry) error {
	n := len(c.entries)
	isGenesis := e.Type() == BodyGenesis
	if isGenesis != (n == 0) {
		return ErrGenesis
	}
	if isGenesis {
		if e.Seq != 1 || !e.Account.IsZero() || !e.Prev.IsZero() || e.LogHead != (LogHead{}) {
			return ErrGenesis
		}
		return nil
	}
	last := c.entries[n-1].LogHead
	switch {
	case e.Account != c.id:
		return ErrAccount
	case e.Seq != uint64(n)+1:
		return ErrSequence
	case n >= MaxChain:
		return ErrChainFull
	case e.Prev != c.hashes[n-1]:
		return ErrPrevHash
	case e.LogHead.Seq < last.Seq, e.LogHead.Seq == last.Seq && e.LogHead != last:
		return ErrLogHead
	}
	return nil
}

// authority returns the signer's key if that keyholder may sign such an entry:
// a device everything but recover, a recovery method nothing else.
func (c *Chain) authority(e *Entry) (SignatureKey, error) {
	if g, ok := e.Body.(*Genesis); ok {
		if e.Signer != g.Keyholder.Public.ID() {
			return SignatureKey{}, ErrNotActive
		}
		return g.Keyholder.Public.SignatureKey, nil
	}
	k := c.find(e.Signer)
	if k == nil || !k.Active() {
		return SignatureKey{}, ErrNotActive
	}
	if k.Kind.IsRecovery() != (e.Type() == BodyRecover) {
		return SignatureKey{}, ErrNoAuthority
	}
	return k.SignatureKey, nil
}

// change applies the body of e.
func (c *Chain) change(e *Entry) error {
	switch b := e.Body.(type) {
	case *Genesis:
		return c.applyGenesis(e, b)
	case *Add:
		return c.addKeyholder(e, &b.Keyholder)
	case *Recover:
		if b.Keyholder.Public.Kind != KindDevice {
			return ErrKeyholderKind
		}
		return c.addKeyholder(e, &b.Keyholder)
	case *Remove:
		if err := c.remove(e, b.Removals); err != nil {
			return err
		}
		return c.open(e, &b.Opening)
	case *Rotate:
		if c.kemUsed(b.KEM) || b.KEM == b.Opening.KEM {
			return ErrKeyReused
		}
		k := c.find(e.Signer)
		k.earlierKEM = append(slices.Clip(k.earlierKEM), k.KEM)
		k.KEM = b.KEM
		return c.open(e, &b.Opening)
	case *VaultSwitch:
		if c.VaultOn() == b.On {
			return ErrVaultUnchanged
		}
		c.vault = append(c.vault, vaultState{e.Seq, b.On})
		return c.open(e, &b.Opening)
	case *Realms:
		if err := b.Set.Check(); err != nil {
			return err
		}
		c.realms = b.Set
		return nil
	case *Close:
		c.close(e)
		return nil
	}
	return ErrMalformed
}

func (c *Chain) applyGenesis(e *Entry, g *Genesis) error {
	if _, err := ParseHandle(string(g.Handle)); err != nil {
		return err
	}
	if _, err := ParseHost(string(g.Host)); err != nil {
		return err
	}
	if g.Keyholder.Public.Kind != KindDevice {
		return ErrKeyholderKind
	}
	c.handle, c.host = g.Handle, g.Host
	c.vault = []vaultState{{e.Seq, true}}
	if err := c.addKeyholder(e, &g.Keyholder); err != nil {
		return err
	}
	return c.open(e, &g.Opening)
}

func (c *Chain) addKeyholder(e *Entry, k *NewKeyholder) error {
	p := k.Public
	switch {
	case !p.Kind.Valid():
		return ErrKeyholderKind
	case len(k.SealedName) > MaxSealedName:
		return ErrKeyholderName
	case (len(k.Realms.Realms) > 0) != (p.Kind == KindPIN):
		return ErrKeyholderRealms
	case c.active >= MaxKeyholders:
		return ErrTooManyKeyholders
	case c.find(p.ID()) != nil:
		return ErrKeyholderExists
	case c.kemUsed(p.KEM):
		return ErrKeyReused
	case slices.ContainsFunc(c.keyholders, func(x Keyholder) bool { return x.SignatureKey == p.SignatureKey }):
		return ErrKeyReused
	}
	if err := k.Realms.Check(); err != nil {
		return err
	}
	epoch := max(uint64(len(c.epochs)), 1)
	c.keyholders = append(c.keyholders, Keyholder{
		ID: p.ID(), Kind: p.Kind, SignatureKey: p.SignatureKey, KEM: p.KEM,
		SealedName: k.SealedName, Realms: k.Realms,
		AddedSeq: e.Seq, AddedBy: e.Signer, AddedTime: e.Time, AddedEpoch: epoch, SealedSeq: e.Seq,
	})
	c.active++
	return nil
}

func (c *Chain) remove(e *Entry, removals []Removal) error {
	if len(removals) == 0 {
		return ErrRemoval
	}
	for i, x := range removals {
		k := c.find(x.Keyholder)
		switch {
		case i > 0 && !less(removals[i-1].Keyholder, x.Keyholder):
			return ErrRemoval
		case x.Reason != ReasonLost && x.Reason != ReasonCompromised:
			return ErrRemoval
		case x.Keyholder == e.Signer:
			return ErrRemovesSelf // it would know the new root
		case k == nil || !k.Active():
			return ErrNotActive
		case x.LogHead.Seq > e.LogHead.Seq, x.LogHead.Seq == e.LogHead.Seq && x.LogHead != e.LogHead:
			return ErrLogHead
		}
		k.RemovedSeq, k.Removal = e.Seq, x
		c.active--
	}
	return nil
}

// open applies a vault opening; every active keyholder gets the new root
// beside this entry.
func (c *Chain) open(e *Entry, o *VaultOpening) error {
	first := len(c.epochs) == 0
	switch {
	case o.Number != uint64(len(c.epochs))+1:
		return ErrVaultEpoch
	case first && len(o.Previous) != 0, !first && len(o.Previous) != SealedPreviousSize:
		return ErrVaultOpening
	case c.kemUsed(o.KEM):
		return ErrKeyReused
	case slices.ContainsFunc(c.epochs, func(x VaultEpoch) bool { return x.Commitment == o.Commitment }):
		return ErrKeyReused
	}
	c.epochs = append(c.epochs, VaultEpoch{*o, e.Seq})
	for i := range c.keyholders {
		if c.keyholders[i].Active() {
			c.keyholders[i].SealedSeq = e.Seq
		}
	}
	return nil
}

// kemUsed reports whether a keyholder or a vault epoch ever had the key k.
func (c *Chain) kemUsed(k KEMPublic) bool {
	return slices.ContainsFunc(c.keyholders, func(x Keyholder) bool {
		return x.KEM == k || slices.Contains(x.earlierKEM, k)
	}) || slices.ContainsFunc(c.epochs, func(x VaultEpoch) bool { return x.KEM == k })
}

// find returns a keyholder, removed ones too, or nil.
func (c *Chain) find(id KeyholderID) *Keyholder {
	for i := range c.keyholders {
		if c.keyholders[i].ID == id {
			return &c.keyholders[i]
		}
	}
	return nil
}

func less(a, b KeyholderID) bool { return string(a[:]) < string(b[:]) }
