package account

import "fmt"

// Roots holds all vault roots of an account up to one chain head. It is safe
// for concurrent use, except Erase.
type Roots struct {
	_     incomparable
	id    ID
	roots []*Root // roots[i] is of epoch i+1
}

// OpenRoots opens a keyholder's own sealed root, the one that stands beside
// entry Keyholder.SealedSeq of the chain, and with it all older roots. Each is
// checked against the chain's commitment and vault key. The errors: ErrNotActive,
// if the chain does not have the secret's keyholder with its present keys;
// ErrOpen; ErrRoot, if the chain contradicts a root.
func OpenRoots(c *Chain, secret *KeyholderSecret, sealed []byte) (*Roots, error) {
	k := c.find(secret.ID())
	if k == nil || !k.Active() || k.Public() != secret.Public() {
		return nil, ErrNotActive
	}
	b, err := secret.kem.Open(c.sealInfo(k), sealed)
	if err != nil {
		return nil, err
	}
	defer clear(b)
	return RootsFrom(c, b)
}

// RootsFrom makes Roots from the current epoch's root, as Root.Bytes returned
// it.
func RootsFrom(c *Chain, current []byte) (*Roots, error) {
	if len(current) != RootSize {
		return nil, ErrOpen
	}
	n := uint64(len(c.epochs))
	rs := &Roots{id: c.id, roots: make([]*Root, n)}
	r := &Root{epoch: n, key: [RootSize]byte(current)}
	for {
		v := c.epochs[r.epoch-1]
		if err := r.matches(v); err != nil {
			rs.Erase()
			return nil, fmt.Errorf("vault epoch %d: %w", v.Number, err)
		}
		rs.roots[r.epoch-1] = r
		if r.epoch == 1 {
			return rs, nil
		}
		previous, err := r.openPrevious(c.id, v.Previous)
		if err != nil {
			rs.Erase()
			return nil, fmt.Errorf("vault epoch %d: %w", v.Number-1, err)
		}
		r = previous
	}
}

// Account returns the id of the account.
func (rs *Roots) Account() ID { return rs.id }

// Current returns the newest root. It belongs to rs and is erased with it.
func (rs *Roots) Current() *Root { return rs.roots[len(rs.roots)-1] }

// At returns the root of a vault epoch, nil if there is none. It belongs to rs
// and is erased with it.
func (rs *Roots) At(epoch uint64) *Root {
	if epoch == 0 || epoch > uint64(len(rs.roots)) {
		return nil
	}
	return rs.roots[epoch-1]
}

// Erase overwrites all roots; rs must not be used afterwards.
func (rs *Roots) Erase() {
	for _, r := range rs.roots {
		if r != nil {
			r.Erase()
		}
	}
}

// Format prints no part of the roots.
func (rs Roots) Format(f fmt.State, _ rune) { printRedacted(f) }

// with returns copies of the roots and of r, so that erasing one set leaves
// the other.
func (rs *Roots) with(r *Root) *Roots {
	next := &Roots{id: rs.id}
	for _, old := range rs.roots {
		next.roots = append(next.roots, &Root{epoch: old.epoch, key: old.key})
	}
	if r != nil {
		next.roots = append(next.roots, r)
	}
	return next
}

// fits returns ErrRoot unless rs holds exactly the roots of c.
func (rs *Roots) fits(c *Chain) error {
	if rs == nil || rs.id != c.id || len(rs.roots) != len(c.epochs) || rs.Current().Commitment() != c.Vault().Commitment {
		return ErrRoot
	}
	return nil
}
