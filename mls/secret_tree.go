package mls

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
	if r := t.ratchets[l]; r != nil {
		return r
	}
	if uint32(l) >= t.leaves {
		return nil
	}
	secret, ok := t.descend(l.node())
	if !ok {
		return nil
	}
	r := leafRatchets(t.suite, secret)
	t.ratchets[l] = r
	return r
}

// look returns the ratchets of a leaf as leaf does, and leaves the tree as it
// is: a message that turns out to be no message must not change the state.
func (t *secretTree) look(l LeafIndex) *[2]ratchet {
	if r := t.ratchets[l]; r != nil {
		return r
	}
	if uint32(l) >= t.leaves {
		return nil
	}
	x := l.node()
	var below []nodeIndex // from x down to the leaf, in reverse
	for t.nodes[x] == nil {
		if x == rootOf(t.leaves) {
			return nil
		}
		below = append(below, x)
		x = x.parent()
	}
	secret := t.nodes[x]
	for i := len(below) - 1; i >= 0; i-- {
		side := "left"
		if below[i] > below[i].parent() {
			side = "right"
		}
		secret = t.suite.ExpandWithLabel(secret, "tree", []byte(side), t.suite.HashSize())
	}
	return leafRatchets(t.suite, secret)
}

// descend derives the secret of node x from the nearest node above that has one
// and takes it out of the tree.
func (t *secretTree) descend(x nodeIndex) (Secret, bool) {
	if s, ok := t.nodes[x]; ok {
		delete(t.nodes, x)
		return s, true
	}
	if x == rootOf(t.leaves) {
		return nil, false
	}
	above, ok := t.descend(x.parent())
	if !ok {
		return nil, false
	}
	mine, other := "left", "right"
	if x > x.parent() {
		mine, other = other, mine
	}
	n := t.suite.HashSize()
	t.nodes[x.sibling()] = t.suite.ExpandWithLabel(above, "tree", []byte(other), n)
	return t.suite.ExpandWithLabel(above, "tree", []byte(mine), n), true
}

// leafRatchets starts both ratchets of a leaf.
func leafRatchets(suite CipherSuite, leafSecret Secret) *[2]ratchet {
	n := suite.HashSize()
	return &[2]ratchet{
		ratchetHandshake:   {secret: suite.ExpandWithLabel(leafSecret, "handshake", nil, n)},
		ratchetApplication: {secret: suite.ExpandWithLabel(leafSecret, "application", nil, n)},
	}
}
