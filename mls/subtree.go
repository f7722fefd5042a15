package mls

// subtree is a node of a ratchet tree with everything below it. It is a value:
// a change makes new nodes from the changed one up to the root and shares all
// others with the tree before, so that an epoch costs as much as its commit
// changed. Only the tree hash is filled in later, when it is first asked for.
type subtree struct {
	treeNode
	left, right *subtree // nil for a leaf
	members     uint32   // leaves here that are not blank
	filled      uint32   // nodes here, this one included, that are not blank
	hash        []byte   // tree hash; nil: to be computed
}

// newSubtree puts a node over its children; a leaf has none.
func newSubtree(n treeNode, left, right *subtree) *subtree {
	s := &subtree{}
	s.init(n, left, right)
	return s
}

func (s *subtree) init(n treeNode, left, right *subtree) {
	s.treeNode, s.left, s.right = n, left, right
	if left != nil {
		s.members = left.members + right.members
		s.filled = left.filled + right.filled
	}
	if n.leaf != nil {
		s.members++
	}
	if !n.blank() {
		s.filled++
	}
}

// subtreeOf builds the subtree under x of the tree with these nodes in the order
// of RFC 9420, appendix C; those beyond the end of nodes are blank.
func subtreeOf(nodes []treeNode, x nodeIndex) *subtree {
	space := make([]subtree, 1<<(x.level()+1)-1)
	var build func(x nodeIndex) *subtree
	build = func(x nodeIndex) *subtree {
		var n treeNode
		if int(x) < len(nodes) {
			n = nodes[x]
		}
		var left, right *subtree
		if !x.isLeaf() {
			left, right = build(x.left()), build(x.right())
		}
		s := &space[0]
		space = space[1:]
		s.init(n, left, right)
		return s
	}
	return build(x)
}

// down returns the node y of the subtree under x.
func (s *subtree) down(x, y nodeIndex) *subtree {
	for x != y {
		if y < x {
			s, x = s.left, x.left()
		} else {
			s, x = s.right, x.right()
		}
	}
	return s
}

// rewrite returns the subtree under x with each node from x down to y replaced
// by what f makes of it.
func (s *subtree) rewrite(x, y nodeIndex, f func(x nodeIndex, n treeNode) treeNode) *subtree {
	left, right := s.left, s.right
	switch {
	case y < x:
		left = left.rewrite(x.left(), y, f)
	case y > x:
		right = right.rewrite(x.right(), y, f)
	}
	return newSubtree(f(x, s.treeNode), left, right)
}

// walk calls visit with the nodes under x from the left, blank ones included,
// until it returns false.
func (s *subtree) walk(x nodeIndex, visit func(nodeIndex, *subtree) bool) bool {
	if x.isLeaf() {
		return visit(x, s)
	}
	return s.left.walk(x.left(), visit) && visit(x, s) && s.right.walk(x.right(), visit)
}

// walkFilled is walk without the blank nodes.
func (s *subtree) walkFilled(x nodeIndex, visit func(nodeIndex, *subtree) bool) bool {
	if s.filled == 0 {
		return true
	}
	if !x.isLeaf() && !s.left.walkFilled(x.left(), visit) {
		return false
	}
	if !s.blank() && !visit(x, s) {
		return false
	}
	return x.isLeaf() || s.right.walkFilled(x.right(), visit)
}

// resolve calls visit with the nodes that cover the leaves under x (RFC 9420,
// section 4.1.1), until it returns false.
func (s *subtree) resolve(x nodeIndex, visit func(nodeIndex) bool) bool {
	switch {
	case s.filled == 0:
		return true
	case s.leaf != nil:
		return visit(x)
	case s.parent != nil:
		if !visit(x) {
			return false
		}
		for _, l := range s.parent.unmerged {
			if !visit(l.node()) {
				return false
			}
		}
		return true
	}
	return s.left.resolve(x.left(), visit) && s.right.resolve(x.right(), visit)
}
