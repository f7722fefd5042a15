package mls

// subtree is a node of a ratchet tree with everything below it. It is a value:
// a change makes new nodes from the changed one up to the root and shares all
// others with the tree before, so that an epoch costs as much as its commit
// changed. Only the tree hash is filled in later, when it is first asked for.
//
// A part of the tree in which all nodes are blank may stand for itself without
// children, so that it takes no memory by its size: one byte of a message is
// enough for a blank node. Who goes down asks for children.
type subtree struct {
	treeNode
	left, right *subtree // nil for a leaf, and for a part that is blank
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

// void stands for the children of a part that is blank. Nothing is written to it.
var void subtree

// children of a node that is not a leaf.
func (s *subtree) children() (left, right *subtree) {
	if s.left == nil {
		return &void, &void
	}
	return s.left, s.right
}

// ownChildren is children for one who makes a new node over them: it keeps what
// it is given, and with it its hash.
func (s *subtree) ownChildren() (left, right *subtree) {
	if s.left == nil {
		return &subtree{}, &subtree{}
	}
	return s.left, s.right
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

// treeBuilder makes a subtree of nodes that come from the left, in the order of
// RFC 9420, appendix C.
type treeBuilder struct {
	blank func(x nodeIndex) bool     // all nodes under x are blank; then they are passed over
	node  func(x nodeIndex) treeNode // the next node, which stands at x
	make  func() *subtree            // a zero subtree
}

func (b treeBuilder) build(x nodeIndex) *subtree {
	if b.blank(x) {
		return b.make()
	}
	var left, right *subtree
	if !x.isLeaf() {
		left = b.build(x.left())
	}
	n := b.node(x)
	if !x.isLeaf() {
		right = b.build(x.right())
	}
	s := b.make()
	s.init(n, left, right)
	return s
}

// down returns the node y of the subtree under x.
func (s *subtree) down(x, y nodeIndex) *subtree {
	for x != y {
		left, right := s.children()
		if y < x {
			s, x = left, x.left()
		} else {
			s, x = right, x.right()
		}
	}
	return s
}

// rewrite returns the subtree under x with each node from x down to y replaced
// by what f makes of it.
func (s *subtree) rewrite(x, y nodeIndex, f func(x nodeIndex, n treeNode) treeNode) *subtree {
	var left, right *subtree
	if !x.isLeaf() {
		left, right = s.ownChildren()
	}
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
	left, right := s.children()
	return left.walk(x.left(), visit) && visit(x, s) && right.walk(x.right(), visit)
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
