package mls

import (
	"fmt"
	"slices"
)

// extend doubles the tree (RFC 9420, section 7.7).
func (t *ratchetTree) extend() error {
	n := t.leaves()
	if n >= maxLeaves {
		return fmt.Errorf("%w: ratchet tree", ErrTooLarge)
	}
	width := int(nodeWidth(2 * n))
	t.nodes = append(t.nodes, make([]treeNode, width-len(t.nodes))...)
	t.hashes = append(t.hashes, make([][]byte, width-len(t.hashes))...)
	return nil
}

// truncate halves the tree while its right half holds no leaf.
func (t *ratchetTree) truncate() {
	for n := t.leaves(); n > 1; n = t.leaves() {
		for x := int(n); x < len(t.nodes); x += 2 {
			if t.nodes[x].leaf != nil {
				return
			}
		}
		t.nodes = t.nodes[:nodeWidth(n/2)]
		t.hashes = t.hashes[:nodeWidth(n/2)]
	}
}

// blankPath blanks the parents above a leaf.
func (t *ratchetTree) blankPath(l LeafIndex) {
	for _, x := range directPath(l.node(), t.leaves()) {
		t.nodes[x] = treeNode{}
		t.hashes[x] = nil
	}
	t.hashes[l.node()] = nil
}

// leftmostBlank is the first blank leaf; the tree grows if there is none.
func (t *ratchetTree) leftmostBlank() (LeafIndex, error) {
	for i := 0; i < len(t.nodes); i += 2 {
		if t.nodes[i].leaf == nil {
			return LeafIndex(i / 2), nil
		}
	}
	l := LeafIndex(t.leaves())
	return l, t.extend()
}

// add places a new member (RFC 9420, section 12.1.1).
func (t *ratchetTree) add(leaf *LeafNode) (LeafIndex, error) {
	l, err := t.leftmostBlank()
	if err != nil {
		return 0, err
	}
	for _, x := range directPath(l.node(), t.leaves()) {
		p := t.nodes[x].parent
		if p == nil {
			continue
		}
		i, _ := slices.BinarySearch(p.unmerged, l)
		unmerged := slices.Insert(slices.Clone(p.unmerged), i, l)
		t.nodes[x].parent = &parentNode{p.encryptionKey, p.parentHash, unmerged}
	}
	t.set(l.node(), treeNode{leaf: leaf})
	return l, nil
}

// update replaces a leaf (RFC 9420, section 12.1.2).
func (t *ratchetTree) update(l LeafIndex, leaf *LeafNode) {
	t.blankPath(l)
	t.set(l.node(), treeNode{leaf: leaf})
}

// remove blanks a leaf (RFC 9420, section 12.1.3). The caller truncates after
// the last one.
func (t *ratchetTree) remove(l LeafIndex) {
	t.blankPath(l)
	t.set(l.node(), treeNode{})
}

// resolution lists the nodes that cover the subtree under x (RFC 9420, section
// 4.1.1), appended to list. Leaves for which without is true are left out.
func (t *ratchetTree) resolution(list []nodeIndex, x nodeIndex, without map[LeafIndex]bool) []nodeIndex {
	n := t.nodes[x]
	switch {
	case n.leaf != nil:
		if without[x.leaf()] {
			return list
		}
		return append(list, x)
	case n.parent != nil:
		list = append(list, x)
		for _, l := range n.parent.unmerged {
			if !without[l] {
				list = append(list, l.node())
			}
		}
		return list
	case x.isLeaf():
		return list
	}
	return t.resolution(t.resolution(list, x.left(), without), x.right(), without)
}

// empty reports whether the resolution of x is empty: no leaf below it.
func (t *ratchetTree) empty(x nodeIndex) bool {
	if !t.nodes[x].blank() {
		return false
	}
	if x.isLeaf() {
		return true
	}
	return t.empty(x.left()) && t.empty(x.right())
}

// pathNode is a node of a filtered direct path with its child off the path.
type pathNode struct {
	node   nodeIndex
	copath nodeIndex
}

// filteredPath is the filtered direct path of a leaf (RFC 9420, section 4.1.2).
func (t *ratchetTree) filteredPath(l LeafIndex) []pathNode {
	var path []pathNode
	below := l.node()
	for _, x := range directPath(l.node(), t.leaves()) {
		if s := below.sibling(); !t.empty(s) {
			path = append(path, pathNode{x, s})
		}
		below = x
	}
	return path
}
