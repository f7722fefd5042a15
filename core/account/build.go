package account

import (
	"bytes"
	"io"
	"slices"
	"time"
)

// Update is a built change, verified against the chain that it was built on.
type Update struct {
	Entry  *Entry
	Sealed SealedRoots // must travel beside the entry
	Chain  *Chain      // after the entry
	Roots  *Roots      // after the entry; a copy with a life of its own
}

// Author is who makes an entry, and when.
type Author struct {
	Secret *KeyholderSecret
	Time   time.Time
	// LogHead is the newest head of the private log that the author verified.
	// One older than the chain's newest entry names is replaced by that.
	LogHead LogHead
}

// NewGenesis starts an account: device is its first keyholder. Name is the
// device's name, encrypted before anybody sees it.
func NewGenesis(rand io.Reader, now time.Time, handle Handle, host Host, device *KeyholderSecret, name string) (*Update, error) {
	root, err := generateRoot(rand, 1)
	if err != nil {
		return nil, err
	}
	sealedName, err := root.SealName(rand, device.ID(), name)
	if err != nil {
		return nil, err
	}
	e := &Entry{
		Seq: 1, Time: millis(now), Signer: device.ID(),
		Body: &Genesis{handle, host, NewKeyholder{Public: device.Public(), SealedName: sealedName}, root.opening(ID{}, nil)},
	}
	e.Signature = device.Sign(labelEntry, e.Content())
	c, err := Replay([]*Entry{e})
	if err != nil {
		return nil, err
	}
	return finish(c, &Roots{id: c.id, roots: []*Root{root}})
}

// Joiner is a keyholder that agrees to be added.
type Joiner struct {
	Public KeyholderPublic
	Name   string   // encrypted before anybody sees it
	Realms RealmSet // of a PIN
	// Countersign returns KeyholderSecret.Countersign of the content; where the
	// new keyholder is elsewhere, it goes and asks.
	Countersign func(content []byte) ([]byte, error)
}

// Join returns s as the Joiner of an account.
func (s *KeyholderSecret) Join(id ID, name string, realms RealmSet) Joiner {
	return Joiner{s.Public(), name, realms, func(content []byte) ([]byte, error) { return s.Countersign(id, content) }}
}

// Add builds the entry by which a device adds a keyholder, and the current root
// sealed to it.
func (c *Chain) Add(rand io.Reader, a Author, rs *Roots, j Joiner) (*Update, error) {
	return c.join(rand, a, rs, j, func(k NewKeyholder) Body { return &Add{k} })
}

// Recover builds the entry by which a recovery method adds a device, and the
// current root sealed to it. The author's secret is the recovery method's.
func (c *Chain) Recover(rand io.Reader, a Author, rs *Roots, j Joiner) (*Update, error) {
	return c.join(rand, a, rs, j, func(k NewKeyholder) Body { return &Recover{k} })
}

func (c *Chain) join(rand io.Reader, a Author, rs *Roots, j Joiner, body func(NewKeyholder) Body) (*Update, error) {
	if err := rs.fits(c); err != nil {
		return nil, err
	}
	name, err := rs.Current().SealName(rand, j.Public.ID(), j.Name)
	if err != nil {
		return nil, err
	}
	e := c.draft(a, body(NewKeyholder{j.Public, name, j.Realms}))
	if e.Countersignature, err = j.Countersign(e.Content()); err != nil {
		return nil, err
	}
	return c.sign(a, e, rs.with(nil))
}

// Remove builds the entry by which a device removes keyholders, and the root of
// the vault epoch that this opens, sealed to those who remain. Removals may
// come in any order.
func (c *Chain) Remove(rand io.Reader, a Author, rs *Roots, removals []Removal) (*Update, error) {
	removals = slices.Clone(removals)
	slices.SortFunc(removals, func(x, y Removal) int { return bytes.Compare(x.Keyholder[:], y.Keyholder[:]) })
	return c.openNext(rand, a, rs, func(o VaultOpening) Body { return &Remove{removals, o} })
}

// Rotate builds the entry by which a device takes a new KEM key, and the root
// of the vault epoch that this opens. It returns the device's secret with the
// new key, which replaces the old one once the server has the entry.
func (c *Chain) Rotate(rand io.Reader, a Author, rs *Roots) (*Update, *KeyholderSecret, error) {
	kem, err := generateKEM(rand)
	if err != nil {
		return nil, nil, err
	}
	u, err := c.openNext(rand, a, rs, func(o VaultOpening) Body { return &Rotate{kem.pub, o} })
	if err != nil {
		return nil, nil, err
	}
	return u, a.Secret.WithKEM(kem), nil
}

// SetVault builds the entry by which a device turns the vault on or off, and
// the root of the vault epoch that this opens.
func (c *Chain) SetVault(rand io.Reader, a Author, rs *Roots, on bool) (*Update, error) {
	return c.openNext(rand, a, rs, func(o VaultOpening) Body { return &VaultSwitch{on, o} })
}

// SetRealms builds the entry by which a device sets the account's realms.
func (c *Chain) SetRealms(a Author, rs *Roots, set RealmSet) (*Update, error) {
	if err := rs.fits(c); err != nil {
		return nil, err
	}
	return c.sign(a, c.draft(a, &Realms{set}), rs.with(nil))
}

// openNext builds an entry that opens the next vault epoch.
func (c *Chain) openNext(rand io.Reader, a Author, rs *Roots, body func(VaultOpening) Body) (*Update, error) {
	if err := rs.fits(c); err != nil {
		return nil, err
	}
	root, err := generateRoot(rand, c.Vault().Number+1)
	if err != nil {
		return nil, err
	}
	return c.sign(a, c.draft(a, body(root.opening(c.id, rs.Current()))), rs.with(root))
}

func (c *Chain) draft(a Author, body Body) *Entry {
	head, logHead := c.Head(), a.LogHead
	if named := c.LogHead(); logHead.Seq < named.Seq {
		logHead = named
	}
	return &Entry{
		Account: c.id, Seq: head.Seq + 1, Prev: head.Hash, Time: millis(a.Time),
		Signer: a.Secret.ID(), LogHead: logHead, Body: body,
	}
}

func (c *Chain) sign(a Author, e *Entry, after *Roots) (*Update, error) {
	e.Signature = a.Secret.Sign(labelEntry, e.Content())
	next, err := c.Append(e)
	if err != nil {
		after.Erase()
		return nil, err
	}
	return finish(next, after)
}

func finish(c *Chain, rs *Roots) (*Update, error) {
	sealed, err := c.sealAll(rs)
	if err != nil {
		return nil, err
	}
	return &Update{c.entries[len(c.entries)-1], sealed, c, rs}, nil
}

// millis is t in milliseconds since 1970; what lies before counts as 1970.
func millis(t time.Time) uint64 { return uint64(max(t.UnixMilli(), 0)) }
