package mls

import (
	"fmt"
	"slices"
)

// extend doubles the tree (RFC 9420, section 7.7).
func (t *ratchetTree) extend() error {
	if t.width >= maxLeaves {
		return fmt.Errorf("%w: ratchet tree", ErrTooLarge)
	}
	t.top = newSubtree(treeNode{}, t.top, &subtree{})
	t.width *= 2
	return nil
}

// truncate halves the tree while its right half holds no leaf.
func (t *ratchetTree) truncate() {
	for t.width > 1 {
		left, right := t.top.ownChildren()
		if right.members > 0 {
			return
		}
		t.count()
		t.census.count(t.top.treeNode, -1, false)
		// Parents without a leaf: none in a tree that was validated.
		right.walkFilled(t.root().right(), func(_ nodeIndex, s *subtree) bool {
			t.census.count(s.treeNode, -1, false)
			return true
		})
		t.top = left
		t.width /= 2
	}
}

// leftmostBlank is the first blank leaf; the tree grows if there is none.
func (t *ratchetTree) leftmostBlank() (LeafIndex, error) {
	if t.top.members == t.width {
		if err := t.extend(); err != nil {
			return 0, err
		}
	}
	s, x := t.top, t.root()
	for !x.isLeaf() {
		left, right := s.children()
		if left.members < 1<<(x.level()-1) {
			s, x = left, x.left()
		} else {
			s, x = right, x.right()
		}
	}
	return x.leaf(), nil
}

// add places a new member (RFC 9420, section 12.1.1).
func (t *ratchetTree) add(leaf *LeafNode) (LeafIndex, error) {
	placed, err := t.addAll([]*LeafNode{leaf})
	if err != nil {
		return 0, err
	}
	return placed[0], nil
}

// addAll places new members one after the other, in one pass over the tree.
func (t *ratchetTree) addAll(leaves []*LeafNode) ([]LeafIndex, error) {
	t.count()
	for int(t.width-t.top.members) < len(leaves) {
		if err := t.extend(); err != nil {
			return nil, err
		}
	}
	placed := make([]LeafIndex, 0, len(leaves))
	var fill func(s *subtree, x nodeIndex) *subtree
	fill = func(s *subtree, x nodeIndex) *subtree {
		if len(placed) == len(leaves) || s.members == 1<<x.level() {
			return s
		}
		if x.isLeaf() {
			n := treeNode{leaf: leaves[len(placed)]}
			t.census.count(n, 1, false)
			placed = append(placed, x.leaf())
			return newSubtree(n, nil, nil)
		}
		before := len(placed)
		left, right := s.ownChildren()
		left = fill(left, x.left())
		right = fill(right, x.right())
		n := s.treeNode
		if n.parent != nil {
			unmerged := slices.Concat(n.parent.unmerged, placed[before:])
			slices.Sort(unmerged)
			n.parent = &parentNode{n.parent.encryptionKey, n.parent.parentHash, unmerged}
		}
		return newSubtree(n, left, right)
	}
	t.top = fill(t.top, t.root())
	return placed, nil
}

// update replaces a leaf and blanks the parents above it (RFC 9420, section 12.1.2).
func (t *ratchetTree) update(l LeafIndex, leaf *LeafNode) {
	t.rewrite(l.node(), func(x nodeIndex, _ treeNode) treeNode {
		if x.isLeaf() {
			return treeNode{leaf: leaf}
		}
		return treeNode{}
	})
}

// remove blanks a leaf and the parents above it (RFC 9420, section 12.1.3). The
// caller truncates after the last one.
func (t *ratchetTree) remove(l LeafIndex) {
	t.rewrite(l.node(), func(nodeIndex, treeNode) treeNode { return treeNode{} })
}

// resolution lists the nodes that cover the subtree under x (RFC 9420, section
// 4.1.1), appended to list. Leaves for which without is true are left out.
func (t *ratchetTree) resolution(list []nodeIndex, x nodeIndex, without map[LeafIndex]bool) []nodeIndex {
	t.at(x).resolve(x, func(y nodeIndex) bool {
		if !y.isLeaf() || !without[y.leaf()] {
			list = append(list, y)
		}
		return true
	})
	return list
}

// empty reports whether the resolution of x is empty: no leaf below it.
func (t *ratchetTree) empty(x nodeIndex) bool { return t.at(x).filled == 0 }

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
