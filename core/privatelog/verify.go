package privatelog

import (
	"fmt"

	"github.com/coffer-chat/coffer/core/account"
)

// Position is how far a log was verified. The zero value is the start.
type Position struct {
	Head account.LogHead
	// ChainSeq is the highest chain seq that an entry so far names.
	ChainSeq uint64
}

// Verify checks a run of entries that follows from, against the account's
// chain, which must be the newest one. It returns the entries that count, in
// order, and the position after the run. Entries of a removed device beyond the
// head that its removal names are linked like all others but do not count.
//
// Each entry must link to the one before; name a head of the chain, no older
// than the one before names; be under that head's vault epoch; be signed by one
// who was a device at that head; and have the link that the chain names for its
// seq, if it does. (That an entry cannot name a chain head later than the one
// that names the entry follows: two hashes cannot contain each other.)
// The error wraps one of this package's or account.ErrFork; none of the run is
// to be used then.
//
// Signatures, the costly part, are verified by parallel, which calls f for
// every i below n; nil means in order.
func Verify(c *account.Chain, from Position, entries []*Entry, parallel func(n int, f func(i int))) ([]*Entry, Position, error) {
	v := newVerifier(c)
	var counted []*Entry
	pos := from
	for _, e := range entries {
		next, counts, err := v.check(pos, e)
		if err != nil {
			return nil, from, fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		if pos = next; counts {
			counted = append(counted, e)
		}
	}
	if parallel == nil {
		parallel = func(n int, f func(int)) {
			for i := range n {
				f(i)
			}
		}
	}
	errs := make([]error, len(entries))
	parallel(len(entries), func(i int) { errs[i] = v.verifySignature(entries[i]) })
	for i, err := range errs {
		if err != nil {
			return nil, from, fmt.Errorf("entry %d: %w", entries[i].Seq, err)
		}
	}
	return counted, pos, nil
}

// CheckEnd returns ErrTruncated if a log verified up to pos lacks entries that
// the chain names. An honest server's log never does.
func CheckEnd(c *account.Chain, pos Position) error {
	if pos.Head.Seq < c.LogHead().Seq {
		return ErrTruncated
	}
	return nil
}

// CheckAppend is what a server asks of a new entry: what Verify asks, and that
// it is under the chain's newest vault epoch, by one who is a device now. Of
// pos it keeps what CheckAppend returned last. ErrSequence and ErrVaultEpoch
// mean that the writer was late.
func CheckAppend(c *account.Chain, pos Position, e *Entry) (Position, error) {
	if e.VaultEpoch != c.Vault().Number {
		return pos, ErrVaultEpoch
	}
	if !c.ActiveAt(e.Device, c.Head().Seq) {
		return pos, ErrDevice
	}
	_, next, err := Verify(c, pos, []*Entry{e}, nil)
	if err != nil {
		return pos, err
	}
	return next, nil
}

type verifier struct {
	chain *account.Chain
	named map[uint64]account.Hash // links that the chain names, by seq
}

func newVerifier(c *account.Chain) *verifier {
	v := &verifier{chain: c, named: make(map[uint64]account.Hash)}
	for _, e := range c.Entries(0) {
		v.named[e.LogHead.Seq] = e.LogHead.Link
	}
	return v
}

// check applies all rules but the signature's and reports whether e counts.
func (v *verifier) check(pos Position, e *Entry) (Position, bool, error) {
	head := e.Head(v.chain.ID())
	switch {
	case e.Seq != pos.Head.Seq+1:
		return pos, false, ErrSequence
	case e.Prev != pos.Head.Link:
		return pos, false, ErrLink
	case !v.chain.Has(e.Chain):
		return pos, false, account.ErrFork
	case e.Chain.Seq < pos.ChainSeq:
		return pos, false, ErrChainOlder
	}
	if epoch, _ := v.chain.VaultAt(e.Chain.Seq); epoch.Number != e.VaultEpoch {
		return pos, false, ErrVaultEpoch
	}
	k, ok := v.chain.Keyholder(e.Device)
	if !ok || k.Kind != account.KindDevice || !v.chain.ActiveAt(e.Device, e.Chain.Seq) {
		return pos, false, ErrDevice
	}
	if link, ok := v.named[e.Seq]; ok && link != head.Link {
		return pos, false, ErrLink
	}
	counts := k.Active() || e.Seq <= k.Removal.LogHead.Seq
	return Position{head, e.Chain.Seq}, counts, nil
}

func (v *verifier) verifySignature(e *Entry) error {
	k, ok := v.chain.Keyholder(e.Device)
	if !ok || k.SignatureKey.Verify(labelEntry, e.signed(v.chain.ID()), e.Signature) != nil {
		return ErrSignature
	}
	return nil
}
