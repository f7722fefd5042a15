package mls

import "math/bits"

// LeafIndex numbers the leaves of a ratchet tree from the left, from 0. It names
// a member within one epoch only.
type LeafIndex uint32

// nodeIndex numbers all nodes of a tree in the order of RFC 9420, appendix C:
// leaf i is node 2i, parents have odd numbers.
type nodeIndex uint32

// maxLeaves bounds the size of a tree. A blank node is one byte of a serialised
// tree and eighty in memory: the bound keeps that factor harmless.
const maxLeaves = 1 << 16

func (l LeafIndex) node() nodeIndex { return nodeIndex(l) * 2 }
func (x nodeIndex) isLeaf() bool    { return x&1 == 0 }
func (x nodeIndex) leaf() LeafIndex { return LeafIndex(x / 2) }

// level is the height above the leaves.
func (x nodeIndex) level() int { return bits.TrailingZeros32(^uint32(x)) }

// nodeWidth is the number of nodes of a tree with n leaves; n is a power of two.
func nodeWidth(n uint32) uint32 { return 2*n - 1 }

// rootOf is the root of a tree with n leaves; n is a power of two.
func rootOf(n uint32) nodeIndex { return nodeIndex(n - 1) }

// left and right are the children of a parent node.
func (x nodeIndex) left() nodeIndex  { return x ^ 1<<(x.level()-1) }
func (x nodeIndex) right() nodeIndex { return x ^ 3<<(x.level()-1) }

// parent is the node above; it has a meaning below the root only.
func (x nodeIndex) parent() nodeIndex {
	k := x.level()
	return (x | 1<<k) &^ (1 << (k + 1))
}

// sibling is the other child of the parent.
func (x nodeIndex) sibling() nodeIndex {
	p := x.parent()
	if x < p {
		return p.right()
	}
	return p.left()
}

// contains reports whether y lies in the subtree under x.
func (x nodeIndex) contains(y nodeIndex) bool {
	k := x.level()
	return y.level() <= k && y>>(k+1) == x>>(k+1)
}

// directPath lists the nodes above x up to the root, from below.
func directPath(x nodeIndex, leaves uint32) []nodeIndex {
	root := rootOf(leaves)
	var path []nodeIndex
	for x != root {
		x = x.parent()
		path = append(path, x)
	}
	return path
}

// commonAncestor is the lowest node above both leaves.
func commonAncestor(a, b LeafIndex) nodeIndex {
	x := a.node()
	for !x.contains(b.node()) {
		x = x.parent()
	}
	return x
}

// leavesFor rounds up to the number of leaves of a full tree.
func leavesFor(n uint32) uint32 {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len32(n-1)
}
