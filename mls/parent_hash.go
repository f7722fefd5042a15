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
	parents := make(map[nodeIndex]*parentNode, len(path))
	var above []byte // the parent hash of the node above on the filtered path
	for i := len(path) - 1; i >= 0; i-- {
		p := &parentNode{encryptionKey: keys[i], parentHash: above}
		parents[path[i].node] = p
		above = t.parentHash(p, t.hash(path[i].copath))
	}
	t.rewrite(l.node(), func(x nodeIndex, n treeNode) treeNode {
		if x.isLeaf() {
			return n
		}
		return treeNode{parent: parents[x]}
	})
	return above
}

// checkParentHashes verifies that every parent is parent-hash valid, top down:
// exactly one node below each parent was set together with it (RFC 9420,
// section 7.9.2).
func (t *ratchetTree) checkParentHashes(par Parallel) error {
	t.hashAll(par) // so that from here on the tree is only read
	var list []nodeIndex
	t.top.walkFilled(t.root(), func(x nodeIndex, _ *subtree) bool {
		if !x.isLeaf() {
			list = append(list, x)
		}
		return true
	})
	return par.runChunks(len(list), func(i int) error {
		x := list[i]
		s := t.at(x)
		if t.setTogether(s, x, x.left(), x.right()) == t.setTogether(s, x, x.right(), x.left()) {
			return fmt.Errorf("%w: node %d", ErrParentHash, x)
		}
		return nil
	})
}

// setTogether reports whether a node D under child was set together with the
// parent at x: the resolution of child is D and the unmerged leaves of the
// parent under child, and D's parent hash is the parent's with copath child
// sibling.
func (t *ratchetTree) setTogether(s *subtree, x, child, sibling nodeIndex) bool {
	unmerged := within(s.parent.unmerged, child)
	d, found := nodeIndex(0), false
	alone := s.down(x, child).resolve(child, func(y nodeIndex) bool {
		if y.isLeaf() {
			if _, ok := slices.BinarySearch(unmerged, y.leaf()); ok {
				return true
			}
		}
		if found {
			return false
		}
		d, found = y, true
		return true
	})
	if !found || !alone || uint32(d) >= nodeWidth(t.width) {
		return false
	}
	have := t.at(d).parentHash()
	if have == nil {
		return false
	}
	h := treeHasher{suite: t.suite}
	original := h.original(s.down(x, sibling), sibling, s.parent.unmerged)
	return bytes.Equal(have, t.parentHash(s.parent, original))
}

// parentHash is the parent_hash field of a node, nil if it has none.
func (n treeNode) parentHash() []byte {
	if n.parent != nil {
		return n.parent.parentHash
	}
	if n.leaf != nil && n.leaf.Source == LeafFromCommit {
		return n.leaf.ParentHash
	}
	return nil
}
