package mls

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// parentHash is the hash of a ParentHashInput (RFC 9420, section 7.9).
func (t *ratchetTree) parentHash(p *parentNode, siblingHash []byte) []byte {
	b := syntax.AppendOpaque(nil, p.encryptionKey)
	b = syntax.AppendOpaque(b, p.parentHash)
	b = syntax.AppendOpaque(b, siblingHash)
	return t.suite.Hash(b)
}

// setPath writes the keys of an UpdatePath into the filtered direct path of l,
// blanks the rest of the direct path, computes the parent hashes from the root
// down, and returns the parent hash for the leaf. The leaf itself is not touched.
func (t *ratchetTree) setPath(l LeafIndex, path []pathNode, keys []HPKEPublicKey) []byte {
	t.blankPath(l)
	var above []byte // the parent hash of the node above on the filtered path
	for i := len(path) - 1; i >= 0; i-- {
		p := &parentNode{encryptionKey: keys[i], parentHash: above}
		t.nodes[path[i].node] = treeNode{parent: p}
		above = t.parentHash(p, t.hash(path[i].copath))
	}
	return above
}

// checkParentHashes verifies that every parent is parent-hash valid, top down:
// exactly one node below each parent was set together with it (RFC 9420,
// section 7.9.2).
func (t *ratchetTree) checkParentHashes() error {
	for x := nodeIndex(1); int(x) < len(t.nodes); x += 2 {
		p := t.nodes[x].parent
		if p == nil {
			continue
		}
		if t.setTogether(p, x.left(), x.right()) == t.setTogether(p, x.right(), x.left()) {
			return fmt.Errorf("%w: node %d", ErrParentHash, x)
		}
	}
	return nil
}

// setTogether reports whether a node D under child was set together with p: the
// resolution of child is D and the unmerged leaves of p under child, and D's
// parent hash is that of p with copath child sibling.
func (t *ratchetTree) setTogether(p *parentNode, child, sibling nodeIndex) bool {
	unmerged := within(p.unmerged, child)
	d, found := nodeIndex(0), false
	for _, x := range t.resolution(nil, child, nil) {
		if x.isLeaf() {
			if _, ok := slices.BinarySearch(unmerged, x.leaf()); ok {
				continue
			}
		}
		if found {
			return false
		}
		d, found = x, true
	}
	if !found {
		return false
	}
	have := t.nodeParentHash(d)
	return have != nil && bytes.Equal(have, t.parentHash(p, t.originalHash(sibling, p.unmerged)))
}

// nodeParentHash is the parent_hash field of a node, nil if it has none.
func (t *ratchetTree) nodeParentHash(x nodeIndex) []byte {
	n := t.nodes[x]
	if n.parent != nil {
		return n.parent.parentHash
	}
	if n.leaf != nil && n.leaf.Source == LeafFromCommit {
		return n.leaf.ParentHash
	}
	return nil
}
