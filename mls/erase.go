package mls

import "fmt"

// Zero values, values that were erased, and printing: what a caller may do by
// mistake without harm. RFC 9420, section 9.2, asks for deletion; the ratchets
// delete what is used as they go, Erase ends the rest.

// ready refuses a group that was never made, or that was erased.
func (g *Group) ready() error {
	if g == nil || g.tree == nil || g.keys == nil {
		return ErrNotReady
	}
	return nil
}

// Erase overwrites the secrets of this epoch, its private keys included: to be
// called when the next epoch's group has taken its place and no message of this
// one is awaited any more. The public state stays readable; all else returns
// ErrNotReady. What was handed out (ResumptionPSK, HistorySecrets, staged
// commits and their groups) and the signature key are not touched.
func (g *Group) Erase() {
	if g == nil {
		return
	}
	for _, s := range g.secrets.list() {
		clear(*s)
	}
	clear(g.secrets.encryption)
	g.secrets = epochSecrets{}
	for _, k := range g.private {
		clear(k)
	}
	g.private = nil
	g.keys.erase()
	if g.ratchets != nil {
		for i := range g.ratchets.ratchets {
			g.ratchets.ratchets[i].erase()
		}
	}
	g.keys, g.ratchets, g.key = nil, nil, SignaturePrivateKey{}
}

func (t *secretTree) erase() {
	if t == nil {
		return
	}
	for _, s := range t.nodes {
		clear(s)
	}
	for _, leaf := range t.ratchets {
		leaf[ratchetHandshake].erase()
		leaf[ratchetApplication].erase()
	}
	clear(t.nodes)
	clear(t.ratchets)
}

func (r *ratchet) erase() {
	clear(r.secret)
	for _, k := range r.skipped {
		clear(k.key)
		clear(k.nonce)
	}
	r.secret, r.skipped, r.ended = nil, nil, true
}

func (g *PublicGroup) ready() error {
	if g == nil || g.tree == nil {
		return ErrNotReady
	}
	return nil
}

func (r *EpochReader) ready() error {
	if r == nil || r.keys == nil {
		return ErrNotReady
	}
	return nil
}

// Erase overwrites all that the reader holds; it opens nothing afterwards.
func (r *EpochReader) Erase() {
	if r == nil {
		return
	}
	// HMAC does not let its key be overwritten: that of the sender data is let go.
	r.keys.erase()
	for _, leaf := range r.leaves {
		for _, s := range append(leaf.marks, leaf.segment...) {
			clear(s)
		}
	}
	*r = EpochReader{}
}

func (b *KeyPackageBundle) ready() error {
	if b == nil || b.KeyPackage == nil || b.KeyPackage.Leaf == nil {
		return ErrNotReady
	}
	return nil
}

// Erase overwrites the bundle's init and encryption keys: to be called when its
// Welcome has been processed, whose group has its own copy, or when the key
// package has expired. The signature key is not touched.
func (b *KeyPackageBundle) Erase() {
	if b == nil {
		return
	}
	clear(b.InitKey)
	clear(b.EncryptionKey)
	*b = KeyPackageBundle{}
}

// fmt prints a struct's unexported fields, and what a pointer inside a struct or
// map points to under a verb that it does not take, without asking the types of
// the fields. What holds a secret therefore hides as a whole.

// Format implements fmt.Formatter and hides the value.
func (g Group) Format(f fmt.State, _ rune) { redact(f, "mls.Group") }

// Format implements fmt.Formatter and hides the value.
func (r EpochReader) Format(f fmt.State, _ rune) { redact(f, "mls.EpochReader") }

// Format implements fmt.Formatter and hides the value.
func (b KeyPackageBundle) Format(f fmt.State, _ rune) { redact(f, "mls.KeyPackageBundle") }

// Format implements fmt.Formatter and hides the value.
func (q QueuedProposal) Format(f fmt.State, _ rune) { redact(f, "mls.QueuedProposal") }

// Format implements fmt.Formatter and hides the value.
func (s StagedCommit) Format(f fmt.State, _ rune) { redact(f, "mls.StagedCommit") }

// Format implements fmt.Formatter and hides the value.
func (p PSK) Format(f fmt.State, _ rune) { redact(f, "mls.PSK") }

// Format implements fmt.Formatter and hides the value.
func (h HistorySecrets) Format(f fmt.State, _ rune) { redact(f, "mls.HistorySecrets") }
