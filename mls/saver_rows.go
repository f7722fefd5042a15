package mls

import "github.com/coffer-chat/coffer/mls/syntax"

// The rows of a saved group: one each of these, and by number the nodes of the
// tree, the nodes of the secret tree, and the ratchets of leaves.
const (
	rowEpoch    = "e"
	rowSender   = "s"
	rowNode     = 'n'
	rowSecret   = 'k'
	rowRatchets = 'r'
)

func rowKey(kind byte, index uint32) string {
	return string(syntax.AppendUint32([]byte{kind}, index))
}

func (r secretRow) key() string {
	if r.ratchets {
		return rowKey(rowRatchets, r.index)
	}
	return rowKey(rowSecret, r.index)
}

// appendHead appends an epoch's public state but for the tree.
func (s *publicState) appendHead(b []byte, label string) []byte {
	b = syntax.AppendString(b, label)
	b = s.context.Append(b)
	b = syntax.AppendOpaque(b, s.confirmationTag)
	b = syntax.AppendUint32(b, s.tree.width)
	return s.appendReInit(b)
}

// row encodes a row of a secret tree, nil if there is none.
func (t *secretTree) row(r secretRow) []byte {
	if !r.ratchets {
		return t.nodes[nodeIndex(r.index)]
	}
	if x := t.ratchets[LeafIndex(r.index)]; x != nil {
		return appendRatchets(nil, x)
	}
	return nil
}

// rows calls yield with all rows of a secret tree.
func (t *secretTree) rows(yield func(secretRow) bool) {
	for x := range t.nodes {
		if !yield(secretRow{index: uint32(x)}) {
			return
		}
	}
	for l := range t.ratchets {
		if !yield(secretRow{ratchets: true, index: uint32(l)}) {
			return
		}
	}
}

// diffTrees returns the rows by which two trees differ; nil is no tree. Subtrees
// that both share are not entered.
func diffTrees(old, now *ratchetTree) []Record {
	var list []Record
	var diff func(a, b *subtree, x nodeIndex)
	diff = func(a, b *subtree, x nodeIndex) {
		if a == b {
			return
		}
		was, is := a.orBlank(), b.orBlank()
		if was.filled == 0 && is.filled == 0 {
			return
		}
		if was.treeNode != is.treeNode {
			r := Record{Key: rowKey(rowNode, uint32(x))}
			if !is.blank() {
				r.Value = is.treeNode.append(nil)
			}
			list = append(list, r)
		}
		if !x.isLeaf() {
			diff(was.left, is.left, x.left())
			diff(was.right, is.right, x.right())
		}
	}
	var a, b *subtree
	wasWide, wide := uint32(0), now.width
	if old != nil {
		a, wasWide = old.top, old.width
	}
	b = now.top
	// What the wider tree has more is above and to the right.
	for wide > wasWide && wasWide > 0 {
		diff(nil, &subtree{treeNode: b.treeNode, right: b.right, filled: b.filled}, rootOf(wide))
		b, wide = b.left, wide/2
	}
	for wasWide > wide {
		diff(&subtree{treeNode: a.treeNode, right: a.right, filled: a.filled}, nil, rootOf(wasWide))
		a, wasWide = a.left, wasWide/2
	}
	diff(a, b, rootOf(wide))
	return list
}

// orBlank is the subtree, or a blank one for none.
func (s *subtree) orBlank() *subtree {
	if s == nil {
		return &subtree{}
	}
	return s
}
