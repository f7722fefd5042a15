package mls

import (
	"fmt"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// parentNode is an intermediate node of a ratchet tree (RFC 9420, section 7.1).
// It is not changed once it is part of a tree.
type parentNode struct {
	encryptionKey HPKEPublicKey
	parentHash    []byte
	unmerged      []LeafIndex // in increasing order
}

func (p *parentNode) append(b []byte) []byte {
	b = syntax.AppendOpaque(b, p.encryptionKey)
	b = syntax.AppendOpaque(b, p.parentHash)
	b = syntax.AppendVarint(b, 4*len(p.unmerged))
	for _, l := range p.unmerged {
		b = syntax.AppendUint32(b, uint32(l))
	}
	return b
}

func readParentNode(r *syntax.Reader) *parentNode {
	x := parentNode{encryptionKey: r.Opaque(), parentHash: r.Opaque()}
	x.unmerged = syntax.List(r, func(r *syntax.Reader) LeafIndex { return LeafIndex(r.Uint32()) })
	if !increasing(x.unmerged, func(l LeafIndex) LeafIndex { return l }) {
		r.Fail(fmt.Errorf("%w: unmerged leaves not in order", ErrMalformed))
	}
	if r.Counting() {
		return nil
	}
	p := syntax.New[parentNode](r)
	*p = x
	return p
}

// treeNode is a node of the tree; at most one field is set, none if it is blank.
type treeNode struct {
	leaf   *LeafNode
	parent *parentNode
}

func (n treeNode) blank() bool { return n.leaf == nil && n.parent == nil }

func (n treeNode) encryptionKey() HPKEPublicKey {
	switch {
	case n.leaf != nil:
		return n.leaf.EncryptionKey
	case n.parent != nil:
		return n.parent.encryptionKey
	}
	return nil
}

// ratchetTree is a full tree of 2^d leaves, its nodes numbered as in RFC 9420,
// appendix C. A tree that belongs to an epoch is never changed: clone it first,
// which costs nothing that depends on its size.
type ratchetTree struct {
	suite  CipherSuite
	top    *subtree
	width  uint32  // leaves, blank ones included: a power of two
	census *census // nil: not taken yet
}

// newTree returns a tree with one blank leaf.
func newTree(suite CipherSuite) *ratchetTree {
	t := &ratchetTree{suite: suite, top: newSubtree(treeNode{}, nil, nil), width: 1}
	t.count()
	return t
}

// count takes the census unless that was done.
func (t *ratchetTree) count() *census {
	if t.census == nil {
		t.census = takeCensus(t)
	}
	return t.census
}

// clone returns a tree that may be changed.
func (t *ratchetTree) clone() *ratchetTree {
	c := *t
	if c.census == nil {
		c.census = takeCensus(t)
	} else {
		c.census = t.census.clone()
	}
	return &c
}

// leaves is the number of leaves, blank ones included: a power of two.
func (t *ratchetTree) leaves() uint32 { return t.width }

func (t *ratchetTree) root() nodeIndex { return rootOf(t.width) }

// at returns node x, which must be inside the tree.
func (t *ratchetTree) at(x nodeIndex) *subtree { return t.top.down(t.root(), x) }

// leaf returns the leaf node at l, nil if it is blank or outside the tree.
func (t *ratchetTree) leaf(l LeafIndex) *LeafNode {
	if uint32(l) >= t.width {
		return nil
	}
	return t.at(l.node()).leaf
}

// key returns the encryption key of node x, nil if it is blank or outside the tree.
func (t *ratchetTree) key(x nodeIndex) HPKEPublicKey {
	if uint32(x) >= nodeWidth(t.width) {
		return nil
	}
	return t.at(x).encryptionKey()
}

// members calls yield with each non-blank leaf, from the left.
func (t *ratchetTree) members(yield func(LeafIndex, *LeafNode) bool) {
	t.top.walkFilled(t.root(), func(x nodeIndex, s *subtree) bool {
		return s.leaf == nil || yield(x.leaf(), s.leaf)
	})
}

// set replaces a node.
func (t *ratchetTree) set(x nodeIndex, n treeNode) {
	t.rewrite(x, func(y nodeIndex, old treeNode) treeNode {
		if y == x {
			return n
		}
		return old
	})
}

// rewrite replaces the nodes from the root down to x by what f makes of them.
func (t *ratchetTree) rewrite(x nodeIndex, f func(x nodeIndex, n treeNode) treeNode) {
	t.count()
	t.top = t.top.rewrite(t.root(), x, func(y nodeIndex, old treeNode) treeNode {
		n := f(y, old)
		if n != old {
			t.census.count(old, -1, false)
			t.census.count(n, 1, false)
		}
		return n
	})
}

// append appends the ratchet_tree extension's content (RFC 9420, section 12.4.3.3).
func (t *ratchetTree) append(b []byte) []byte {
	left := t.top.filled // nodes that still come; what follows the last is left out
	return syntax.AppendVector(b, func(b []byte) []byte {
		t.top.walk(t.root(), func(_ nodeIndex, s *subtree) bool {
			if left == 0 {
				return false
			}
			if !s.blank() {
				left--
			}
			b = s.treeNode.append(b)
			return true
		})
		return b
	})
}

// append appends an optional<Node>.
func (n treeNode) append(b []byte) []byte {
	switch {
	case n.leaf != nil:
		return n.leaf.Append(append(b, 1, nodeTypeLeaf))
	case n.parent != nil:
		return n.parent.append(append(b, 1, nodeTypeParent))
	}
	return append(b, 0)
}

// The values of NodeType (RFC 9420, section 7.8).
const (
	nodeTypeLeaf   = 1
	nodeTypeParent = 2
)

// readTree reads the ratchet_tree extension's content. It checks the shape only.
func readTree(suite CipherSuite, r *syntax.Reader) (*ratchetTree, error) {
	x, last := nodeIndex(0), byte(0)
	v, n := r.Counted(func(r *syntax.Reader) {
		last = r.Rest()[0]
		readTreeNode(r, x)
		x++
	})
	switch {
	case v.Err() != nil:
		return nil, malformed("ratchet tree", v.Err())
	case n > int(nodeWidth(maxLeaves)):
		return nil, fmt.Errorf("%w: ratchet tree", ErrTooLarge)
	case last == 0:
		return nil, fmt.Errorf("%w: ratchet tree ends with a blank node", ErrMalformed)
	}
	width := leavesFor(uint32(n/2 + 1))
	top := treeBuilder{
		blank: func(x nodeIndex) bool { return passBlanks(v, int(nodeWidth(1<<x.level()))) },
		node: func(x nodeIndex) (n treeNode) {
			if v.More() { // what follows the last is blank
				n = readTreeNode(v, x)
			}
			return n
		},
		make: func() *subtree { return syntax.New[subtree](v) },
	}.build(rootOf(width))
	r.Close(v)
	return &ratchetTree{suite: suite, top: top, width: width}, malformed("ratchet tree", r.Err())
}

// passBlanks passes over n blank nodes, those after the last of the input
// included, if the next n are blank.
func passBlanks(r *syntax.Reader, n int) bool {
	next := r.Rest()
	next = next[:min(n, len(next))]
	for _, b := range next {
		if b != 0 {
			return false
		}
	}
	r.Fixed(len(next))
	return true
}

// readTreeNode reads an optional<Node> that stands at x.
func readTreeNode(r *syntax.Reader, x nodeIndex) (n treeNode) {
	if !r.Bool() {
		return n
	}
	switch kind := r.Uint8(); {
	case kind == nodeTypeLeaf && x.isLeaf():
		n.leaf = readLeafNode(r)
	case kind == nodeTypeParent && !x.isLeaf():
		n.parent = readParentNode(r)
	default:
		r.Fail(fmt.Errorf("%w: node type", ErrMalformed))
	}
	return n
}

func parseTree(suite CipherSuite, data []byte) (*ratchetTree, error) {
	r := syntax.NewReader(data)
	t, err := readTree(suite, r)
	if err != nil {
		return nil, err
	}
	return t, malformed("ratchet tree", r.Done())
}
