package mls

import (
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// rootHash is the tree hash of the whole tree (RFC 9420, section 7.8).
func (t *ratchetTree) rootHash() []byte { return t.hash(t.root()) }

// hash is the tree hash of the subtree under x. Results are kept.
func (t *ratchetTree) hash(x nodeIndex) []byte {
	if t.hashes[x] == nil {
		if x.isLeaf() {
			t.hashes[x] = t.leafHash(x.leaf(), t.nodes[x].leaf)
		} else {
			t.hashes[x] = t.parentNodeHash(t.nodes[x].parent, t.hash(x.left()), t.hash(x.right()))
		}
	}
	return t.hashes[x]
}

func (t *ratchetTree) leafHash(l LeafIndex, leaf *LeafNode) []byte {
	b := append(make([]byte, 0, 512), nodeTypeLeaf)
	b = syntax.AppendUint32(b, uint32(l))
	b = syntax.AppendBool(b, leaf != nil)
	if leaf != nil {
		b = leaf.Append(b)
	}
	return t.suite.Hash(b)
}

func (t *ratchetTree) parentNodeHash(p *parentNode, left, right []byte) []byte {
	b := append(make([]byte, 0, 512), nodeTypeParent)
	b = syntax.AppendBool(b, p != nil)
	if p != nil {
		b = p.append(b)
	}
	b = syntax.AppendOpaque(b, left)
	b = syntax.AppendOpaque(b, right)
	return t.suite.Hash(b)
}

// originalHash is the tree hash of the subtree under x with some leaves taken
// out: the original_sibling_tree_hash of RFC 9420, section 7.9.
func (t *ratchetTree) originalHash(x nodeIndex, without []LeafIndex) []byte {
	without = within(without, x)
	if len(without) == 0 {
		return t.hash(x)
	}
	if x.isLeaf() {
		return t.leafHash(x.leaf(), nil)
	}
	p := t.nodes[x].parent
	if p != nil {
		left := slices.DeleteFunc(slices.Clone(p.unmerged), func(l LeafIndex) bool {
			_, found := slices.BinarySearch(without, l)
			return found
		})
		p = &parentNode{p.encryptionKey, p.parentHash, left}
	}
	return t.parentNodeHash(p, t.originalHash(x.left(), without), t.originalHash(x.right(), without))
}

// within returns the part of a sorted list of leaves that lies under x.
func within(list []LeafIndex, x nodeIndex) []LeafIndex {
	span := nodeIndex(1)<<x.level() - 1 // distance from x to its outermost leaves
	lo, _ := slices.BinarySearch(list, (x - span).leaf())
	hi, _ := slices.BinarySearch(list, (x+span).leaf()+1)
	return list[lo:hi]
}
