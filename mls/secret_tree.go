package mls

import "slices"

// ratchetKind selects one of the two ratchets of a leaf (RFC 9420, section 9).
type ratchetKind uint8

const (
	ratchetHandshake ratchetKind = iota
	ratchetApplication
)

func kindOf(c ContentType) ratchetKind {
	if c == ContentApplication {
		return ratchetApplication
	}
	return ratchetHandshake
}

// secretTree derives the message keys of an epoch (RFC 9420, section 9). It is
// lazy: it holds the secrets of the highest nodes from which nothing has been
// derived yet, and the ratchets of leaves that were asked for. Deriving a leaf
// replaces the secrets on its path by those beside it, as section 9.2 demands.
type secretTree struct {
	suite    CipherSuite
	leaves   uint32 // of the full tree
	nodes    map[nodeIndex]Secret
	ratchets map[LeafIndex]*[2]ratchet
	saver    *Saver             // who is told what changes; may be nil
	touched  map[secretRow]bool // what has changed since the saver asked
}

// secretRow names a part of a secret tree that changes on its own: the secret of
// a node, or the ratchets of a leaf.
type secretRow struct {
	ratchets bool
	index    uint32 // of the node or the leaf
}

func (t *secretTree) touch(r secretRow) {
	if t.saver != nil {
		t.touched[r] = true
	}
}

// newSecretTree starts from the encryption secret. leaves is a power of two.
func newSecretTree(suite CipherSuite, leaves uint32, encryption Secret) *secretTree {
	return &secretTree{
		suite:    suite,
		leaves:   leaves,
		nodes:    map[nodeIndex]Secret{rootOf(leaves): encryption},
		ratchets: map[LeafIndex]*[2]ratchet{},
	}
}

// leaf returns the ratchets of a leaf, nil if they cannot be derived any more.
func (t *secretTree) leaf(l LeafIndex) *[2]ratchet {
	f := t.look(l)
	if f == nil {
		return nil
	}
	t.take(f)
	return f.ratchets
}

// foundLeaf is a leaf's ratchets and, if they are not part of the tree yet, the
// secrets of the nodes from the highest that has one down to the leaf.
type foundLeaf struct {
	leaf     LeafIndex
	ratchets *[2]ratchet
	nodes    []nodeIndex
	secrets  []Secret
}

// look finds the ratchets of a leaf, nil if they cannot be derived any more, and
// leaves the tree as it is: a message that turns out to be no message must not
// change the state. take is for when it was one.
func (t *secretTree) look(l LeafIndex) *foundLeaf {
	if r := t.ratchets[l]; r != nil {
		return &foundLeaf{leaf: l, ratchets: r}
	}
	if uint32(l) >= t.leaves {
		return nil
	}
	x := l.node()
	nodes := []nodeIndex{x}
	for t.nodes[x] == nil {
		if x == rootOf(t.leaves) {
			return nil
		}
		x = x.parent()
		nodes = append(nodes, x)
	}
	slices.Reverse(nodes)
	secrets := []Secret{t.nodes[x]}
	for i, y := range nodes[1:] {
		secrets = append(secrets, t.below(secrets[i], y))
	}
	return &foundLeaf{l, leafRatchets(t.suite, secrets[len(secrets)-1]), nodes, secrets}
}

// take makes what look found part of the tree: the secrets on the way are
// replaced by those beside it.
func (t *secretTree) take(f *foundLeaf) {
	for i, x := range f.nodes {
		if i == 0 {
			delete(t.nodes, x)
		} else {
			x = x.sibling()
			t.nodes[x] = t.below(f.secrets[i-1], x)
		}
		t.touch(secretRow{index: uint32(x)})
	}
	t.ratchets[f.leaf] = f.ratchets
}

// use marks a generation of what was found as used.
func (t *secretTree) use(f *foundLeaf, kind ratchetKind, generation uint32) {
	t.take(f)
	f.ratchets[kind].use(t.suite, generation)
	t.touch(secretRow{ratchets: true, index: uint32(f.leaf)})
}

// below derives the secret of node x from that of its parent.
func (t *secretTree) below(parent Secret, x nodeIndex) Secret {
	side := "left"
	if x > x.parent() {
		side = "right"
	}
	return t.suite.ExpandWithLabel(parent, "tree", []byte(side), t.suite.HashSize())
}

// leafRatchets starts both ratchets of a leaf.
func leafRatchets(suite CipherSuite, leafSecret Secret) *[2]ratchet {
	n := suite.HashSize()
	return &[2]ratchet{
		ratchetHandshake:   {secret: suite.ExpandWithLabel(leafSecret, "handshake", nil, n)},
		ratchetApplication: {secret: suite.ExpandWithLabel(leafSecret, "application", nil, n)},
	}
}
