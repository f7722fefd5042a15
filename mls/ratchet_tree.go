package mls

import (
	"fmt"
	"slices"

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
	p := &parentNode{encryptionKey: r.Opaque(), parentHash: r.Opaque()}
	v := r.Vector()
	for v.More() {
		l := LeafIndex(v.Uint32())
		if n := len(p.unmerged); n > 0 && p.unmerged[n-1] >= l {
			v.Fail(fmt.Errorf("%w: unmerged leaves not in order", ErrMalformed))
		}
		p.unmerged = append(p.unmerged, l)
	}
	r.Close(v)
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

// ratchetTree is a full tree of 2^d leaves in the array of RFC 9420, appendix C.
// A tree that belongs to an epoch is never changed: clone it first. Cloning
// copies the array, not the nodes.
type ratchetTree struct {
	suite  CipherSuite
	nodes  []treeNode
	hashes [][]byte // tree hashes; nil: to be computed
}

// newTree returns a tree with one blank leaf.
func newTree(suite CipherSuite) *ratchetTree {
	return &ratchetTree{suite: suite, nodes: make([]treeNode, 1), hashes: make([][]byte, 1)}
}

func (t *ratchetTree) clone() *ratchetTree {
	return &ratchetTree{suite: t.suite, nodes: slices.Clone(t.nodes), hashes: slices.Clone(t.hashes)}
}

// leaves is the number of leaves, blank ones included: a power of two.
func (t *ratchetTree) leaves() uint32 { return uint32(len(t.nodes)+1) / 2 }

func (t *ratchetTree) root() nodeIndex { return rootOf(t.leaves()) }

// leaf returns the leaf node at l, nil if it is blank or outside the tree.
func (t *ratchetTree) leaf(l LeafIndex) *LeafNode {
	if uint32(l) >= t.leaves() {
		return nil
	}
	return t.nodes[l.node()].leaf
}

// members calls yield with each non-blank leaf, from the left.
func (t *ratchetTree) members(yield func(LeafIndex, *LeafNode) bool) {
	for i := 0; i < len(t.nodes); i += 2 {
		if l := t.nodes[i].leaf; l != nil && !yield(LeafIndex(i/2), l) {
			return
		}
	}
}

// set replaces a node and forgets the tree hashes above it.
func (t *ratchetTree) set(x nodeIndex, n treeNode) {
	t.nodes[x] = n
	t.hashes[x] = nil
	root := t.root()
	for x != root {
		x = x.parent()
		t.hashes[x] = nil
	}
}

// append appends the ratchet_tree extension's content (RFC 9420, section 12.4.3.3).
func (t *ratchetTree) append(b []byte) []byte {
	last := len(t.nodes)
	for last > 0 && t.nodes[last-1].blank() {
		last--
	}
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, n := range t.nodes[:last] {
			switch {
			case n.leaf != nil:
				b = n.leaf.Append(append(b, 1, nodeTypeLeaf))
			case n.parent != nil:
				b = n.parent.append(append(b, 1, nodeTypeParent))
			default:
				b = append(b, 0)
			}
		}
		return b
	})
}

// The values of NodeType (RFC 9420, section 7.8).
const (
	nodeTypeLeaf   = 1
	nodeTypeParent = 2
)

// readTree reads the ratchet_tree extension's content. It checks the shape only.
func readTree(suite CipherSuite, r *syntax.Reader) (*ratchetTree, error) {
	v := r.Vector()
	var nodes []treeNode
	for v.More() {
		if len(nodes) >= int(nodeWidth(maxLeaves)) {
			return nil, fmt.Errorf("%w: ratchet tree", ErrTooLarge)
		}
		var n treeNode
		if v.Bool() {
			switch kind := v.Uint8(); {
			case kind == nodeTypeLeaf && len(nodes)%2 == 0:
				n.leaf = readLeafNode(v)
			case kind == nodeTypeParent && len(nodes)%2 == 1:
				n.parent = readParentNode(v)
			default:
				v.Fail(fmt.Errorf("%w: node type", ErrMalformed))
			}
		}
		nodes = append(nodes, n)
	}
	r.Close(v)
	if err := r.Err(); err != nil {
		return nil, malformed("ratchet tree", err)
	}
	if len(nodes) == 0 || nodes[len(nodes)-1].blank() {
		return nil, fmt.Errorf("%w: ratchet tree ends with a blank node", ErrMalformed)
	}
	width := int(nodeWidth(leavesFor(uint32(len(nodes)/2 + 1))))
	nodes = append(nodes, make([]treeNode, width-len(nodes))...)
	return &ratchetTree{suite: suite, nodes: nodes, hashes: make([][]byte, width)}, nil
}

func parseTree(suite CipherSuite, data []byte) (*ratchetTree, error) {
	r := syntax.NewReader(data)
	t, err := readTree(suite, r)
	if err != nil {
		return nil, err
	}
	return t, malformed("ratchet tree", r.Done())
}
