package account

// Close ends the account (spec/closing.md). A device signs. Nobody is a keyholder
// after it, so nothing can follow it, and the vault is off, so nobody deposits
// anything for the account any more. It opens no vault epoch: nobody is left to
// give a root to.
type Close struct{}

func (*Close) bodyType() BodyType     { return BodyClose }
func (*Close) append(b []byte) []byte { return b }

// Close builds the entry by which a device ends the account.
func (c *Chain) Close(a Author) (*Entry, *Chain, error) {
	e := c.draft(a, &Close{})
	e.Signature = a.Secret.Sign(labelEntry, e.Content())
	next, err := c.Append(e)
	if err != nil {
		return nil, nil, err
	}
	return e, next, nil
}

// ClosedAt returns the seq of the entry that has closed the account, false while
// it is open.
func (c *Chain) ClosedAt() (uint64, bool) {
	if last := c.entries[len(c.entries)-1]; last.Type() == BodyClose {
		return last.Seq, true
	}
	return 0, false
}

// close applies a close entry.
func (c *Chain) close(e *Entry) {
	for i := range c.keyholders {
		if k := &c.keyholders[i]; k.Active() {
			k.RemovedSeq = e.Seq
			k.Removal = Removal{Keyholder: k.ID, Reason: ReasonClosed, LogHead: e.LogHead}
		}
	}
	c.active = 0
	if c.VaultOn() {
		c.vault = append(c.vault, vaultState{e.Seq, false})
	}
}
