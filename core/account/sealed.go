package account

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// SealedRootSize is the size of a root sealed to a keyholder in bytes.
const SealedRootSize = RootSize + SealOverhead

// SealedRoot is a vault root, sealed to one keyholder.
type SealedRoot struct {
	Keyholder KeyholderID
	Data      []byte // SealedRootSize bytes
}

// SealedRoots is what travels beside an entry: the root of the vault epoch
// that the entry opens, sealed to every keyholder that is left; or the current
// root, sealed to the keyholder that the entry adds; or nothing.
type SealedRoots struct {
	Entry Hash         // hash of the entry
	Epoch uint64       // number of the vault epoch
	Roots []SealedRoot // in ascending order of keyholder id
}

// Marshal returns the encoding.
func (s SealedRoots) Marshal() []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	b = append(b, s.Entry[:]...)
	b = syntax.AppendUint64(b, s.Epoch)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, x := range s.Roots {
			b = append(b, x.Keyholder[:]...)
			b = syntax.AppendOpaque(b, x.Data)
		}
		return b
	})
}

// ParseSealedRoots decodes what Marshal returned: at most MaxKeyholders roots,
// each of the right size, in order.
func ParseSealedRoots(data []byte) (SealedRoots, error) {
	var s SealedRoots
	r := syntax.NewReader(data)
	if v := r.Uint16(); r.Err() == nil && v != formatVersion {
		return s, ErrVersion
	}
	r.Copy(s.Entry[:])
	s.Epoch = r.Uint64()
	s.Roots = syntax.List(r, func(r *syntax.Reader) (x SealedRoot) {
		r.Copy(x.Keyholder[:])
		sealed := r.Opaque()
		if r.Err() == nil && len(sealed) != SealedRootSize {
			r.Fail(syntax.ErrBadLength)
		}
		if !r.Counting() {
			x.Data = bytes.Clone(sealed)
		}
		return x
	})
	if len(s.Roots) > MaxKeyholders {
		r.Fail(ErrTooManyKeyholders)
	}
	for i := 1; i < len(s.Roots); i++ {
		if !less(s.Roots[i-1].Keyholder, s.Roots[i].Keyholder) {
			r.Fail(syntax.ErrInvalidValue)
		}
	}
	if err := r.Done(); err != nil {
		return SealedRoots{}, fmt.Errorf("%w: sealed roots: %w", ErrMalformed, err)
	}
	return s, nil
}

// For returns the root sealed to one keyholder, nil if there is none.
func (s SealedRoots) For(id KeyholderID) []byte {
	for _, x := range s.Roots {
		if x.Keyholder == id {
			return x.Data
		}
	}
	return nil
}

// SealsTo returns to whom a root must be sealed beside the newest entry, in
// ascending order.
func (c *Chain) SealsTo() []KeyholderID {
	ids := []KeyholderID{}
	for _, k := range c.keyholders {
		if k.Active() && k.SealedSeq == c.Head().Seq {
			ids = append(ids, k.ID)
		}
	}
	slices.SortFunc(ids, func(a, b KeyholderID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

// CheckSealedRoots returns ErrSealedRoots unless s is what must stand beside
// the newest entry: its hash, the vault epoch, and one sealed root for exactly
// each keyholder of SealsTo. A server asks this of the chain that Append gave;
// whether a sealed root opens, only a holder of the root can tell
// (VerifySealedRoot).
func (c *Chain) CheckSealedRoots(s SealedRoots) error {
	want := c.SealsTo()
	if s.Entry != c.Head().Hash || s.Epoch != c.Vault().Number || len(s.Roots) != len(want) {
		return ErrSealedRoots
	}
	for i, x := range s.Roots {
		if x.Keyholder != want[i] || len(x.Data) != SealedRootSize {
			return ErrSealedRoots
		}
	}
	return nil
}

// SealRoot returns the current root sealed to an active keyholder, bound to
// the entry after which it got it. The randomness comes from the root and the
// keyholder's key, so every holder of the root gets the same bytes.
func (c *Chain) SealRoot(rs *Roots, id KeyholderID) ([]byte, error) {
	if err := rs.fits(c); err != nil {
		return nil, err
	}
	k := c.find(id)
	if k == nil || !k.Active() {
		return nil, ErrNotActive
	}
	root, info := rs.Current(), c.sealInfo(k)
	context := append(bytes.Clone(info), k.KEM.key...)
	randomness := ExpandWithLabel(root.key[:], "sealed root randomness", context, SealRandomness)
	defer clear(randomness)
	return k.KEM.Seal(info, randomness, root.key[:])
}

// VerifySealedRoot seals the current root to a keyholder anew and returns
// ErrSealedRoots unless that gives the same bytes: then the keyholder can open
// them.
func (c *Chain) VerifySealedRoot(rs *Roots, id KeyholderID, sealed []byte) error {
	want, err := c.SealRoot(rs, id)
	if err != nil {
		return err
	}
	if !bytes.Equal(want, sealed) {
		return ErrSealedRoots
	}
	return nil
}

// sealInfo is what the sealing of the current root to k is bound to.
func (c *Chain) sealInfo(k *Keyholder) []byte {
	b := syntax.AppendString(nil, labelPrefix+"sealed vault root")
	b = append(b, c.id[:]...)
	b = syntax.AppendUint64(b, c.Vault().Number)
	b = append(b, k.ID[:]...)
	return append(b, c.hashes[k.SealedSeq-1][:]...)
}

// sealAll makes what must stand beside the newest entry.
func (c *Chain) sealAll(rs *Roots) (SealedRoots, error) {
	s := SealedRoots{Entry: c.Head().Hash, Epoch: c.Vault().Number}
	for _, id := range c.SealsTo() {
		data, err := c.SealRoot(rs, id)
		if err != nil {
			return SealedRoots{}, err
		}
		s.Roots = append(s.Roots, SealedRoot{id, data})
	}
	return s, nil
}
