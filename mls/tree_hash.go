package mls

import (
	"hash"
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// rootHash is the tree hash of the whole tree (RFC 9420, section 7.8).
func (t *ratchetTree) rootHash() []byte { return t.hash(t.root()) }

// hash is the tree hash of the subtree under x. Results are kept.
func (t *ratchetTree) hash(x nodeIndex) []byte {
	h := treeHasher{suite: t.suite}
	return h.hash(t.at(x), x)
}

// hashAll computes the hashes of the whole tree that are missing, subtrees of
// this many levels at the same time.
func (t *ratchetTree) hashAll(par Parallel) []byte {
	const levels = 6
	type part struct {
		s *subtree
		x nodeIndex
	}
	var parts []part
	var collect func(s *subtree, x nodeIndex)
	collect = func(s *subtree, x nodeIndex) {
		switch {
		case s.hash != nil:
		case x.level() <= levels, s.filled == 0:
			parts = append(parts, part{s, x})
		default:
			collect(s.left, x.left())
			collect(s.right, x.right())
		}
	}
	collect(t.top, t.root())
	par.run(len(parts), func(i int) {
		h := treeHasher{suite: t.suite}
		h.hash(parts[i].s, parts[i].x)
	})
	return t.rootHash()
}

// treeHasher computes tree hashes with one hash, and one buffer for what goes into
// it, so that only the results are allocated.
type treeHasher struct {
	suite CipherSuite
	state hash.Hash
	buf   []byte
	stack []byte // hashes of blank parts, while they are computed
}

// digest appends the hash of b, which becomes the buffer.
func (h *treeHasher) digest(to, b []byte) []byte {
	if h.state == nil {
		h.state = h.suite.params().newHash()
	}
	h.buf = b
	h.state.Reset()
	h.state.Write(b)
	return h.state.Sum(to)
}

func (h *treeHasher) hash(s *subtree, x nodeIndex) []byte {
	if s.hash != nil {
		return s.hash
	}
	var sum []byte
	switch {
	case x.isLeaf():
		sum = h.leaf(x.leaf(), s.leaf)
	case s.left == nil:
		h.blank(x)
		n := h.suite.HashSize()
		sum = append([]byte(nil), h.stack[len(h.stack)-n:]...)
		h.stack = h.stack[:len(h.stack)-n]
	default:
		sum = h.parent(s.parent, h.hash(s.left, x.left()), h.hash(s.right, x.right()))
	}
	if s != &void {
		s.hash = sum
	}
	return sum
}

// blank puts the hash of a part that is blank on the stack.
func (h *treeHasher) blank(x nodeIndex) {
	if x.isLeaf() {
		b := syntax.AppendUint32(append(h.buf[:0], nodeTypeLeaf), uint32(x.leaf()))
		h.stack = h.digest(h.stack, syntax.AppendBool(b, false))
		return
	}
	h.blank(x.left())
	h.blank(x.right())
	n := h.suite.HashSize()
	below := len(h.stack) - 2*n
	b := syntax.AppendBool(append(h.buf[:0], nodeTypeParent), false)
	b = syntax.AppendOpaque(b, h.stack[below:below+n])
	b = syntax.AppendOpaque(b, h.stack[below+n:])
	h.stack = h.digest(h.stack[:below], b)
}

func (h *treeHasher) leaf(l LeafIndex, leaf *LeafNode) []byte {
	b := append(h.buf[:0], nodeTypeLeaf)
	b = syntax.AppendUint32(b, uint32(l))
	b = syntax.AppendBool(b, leaf != nil)
	if leaf != nil {
		b = leaf.Append(b)
	}
	return h.digest(nil, b)
}

func (h *treeHasher) parent(p *parentNode, left, right []byte) []byte {
	b := append(h.buf[:0], nodeTypeParent)
	b = syntax.AppendBool(b, p != nil)
	if p != nil {
		b = p.append(b)
	}
	b = syntax.AppendOpaque(b, left)
	b = syntax.AppendOpaque(b, right)
	return h.digest(nil, b)
}

// original is the tree hash of the subtree under x with some leaves taken out:
// the original_sibling_tree_hash of RFC 9420, section 7.9.
func (h *treeHasher) original(s *subtree, x nodeIndex, without []LeafIndex) []byte {
	without = within(without, x)
	if len(without) == 0 {
		return h.hash(s, x)
	}
	if x.isLeaf() {
		return h.leaf(x.leaf(), nil)
	}
	p := s.parent
	if p != nil {
		left := slices.DeleteFunc(slices.Clone(p.unmerged), func(l LeafIndex) bool {
			_, found := slices.BinarySearch(without, l)
			return found
		})
		p = &parentNode{p.encryptionKey, p.parentHash, left}
	}
	left, right := s.children()
	return h.parent(p, h.original(left, x.left(), without), h.original(right, x.right(), without))
}

// within returns the part of a sorted list of leaves that lies under x.
func within(list []LeafIndex, x nodeIndex) []LeafIndex {
	span := nodeIndex(1)<<x.level() - 1 // distance from x to its outermost leaves
	lo, _ := slices.BinarySearch(list, (x - span).leaf())
	hi, _ := slices.BinarySearch(list, (x+span).leaf()+1)
	return list[lo:hi]
}
