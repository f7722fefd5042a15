package mls

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// LoadSaved reads a group from all rows that a Saver had written, in any order,
// and returns it with the Saver to go on with. The tree is held against its hash
// in the GroupContext, so that rows of two epochs cannot be mixed.
func LoadSaved(rows iter.Seq2[string, []byte], par Parallel) (*Group, *Saver, error) {
	v, err := readSaved(rows, stateGroup, par)
	if err != nil {
		return nil, nil, err
	}
	g, err := readPrivate(v.state, v.head)
	if err != nil {
		return nil, nil, err
	}
	if err := v.head.Done(); err != nil {
		return nil, nil, malformed("saved group", err)
	}
	if g.keys == nil {
		if g.keys, err = v.secretTree(g.Suite(), g.LeafCount()); err != nil {
			return nil, nil, err
		}
	} else if len(v.secrets) > 0 {
		return nil, nil, fmt.Errorf("%w: saved group: secrets", ErrMalformed)
	}
	if v.sender != nil {
		if err := g.loadSender(v.sender); err != nil {
			return nil, nil, err
		}
	}
	s := &Saver{tree: g.tree}
	_, written := s.Changes(g)
	written()
	return g, s, nil
}

// LoadSavedPublic is LoadSaved for a PublicGroup.
func LoadSavedPublic(rows iter.Seq2[string, []byte], par Parallel) (*PublicGroup, *Saver, error) {
	v, err := readSaved(rows, statePublic, par)
	if err != nil {
		return nil, nil, err
	}
	if err := v.head.Done(); err != nil || v.sender != nil || len(v.secrets) > 0 {
		return nil, nil, fmt.Errorf("%w: saved group", ErrMalformed)
	}
	g := &PublicGroup{*v.state}
	s := &Saver{tree: g.tree}
	_, written := s.ChangesPublic(g)
	written()
	return g, s, nil
}

// savedRows are the rows of a group, sorted out.
type savedRows struct {
	state   *publicState
	head    *syntax.Reader // after the public part
	sender  []byte
	secrets map[secretRow][]byte
}

func readSaved(rows iter.Seq2[string, []byte], label string, par Parallel) (*savedRows, error) {
	bad := fmt.Errorf("%w: saved group", ErrMalformed)
	if rows == nil {
		return nil, bad
	}
	v := &savedRows{secrets: map[secretRow][]byte{}}
	var nodes []savedNode
	var head []byte
	broken := false
	for key, value := range rows {
		value = bytes.Clone(value)
		switch {
		case key == rowEpoch:
			head = value
		case key == rowSender:
			v.sender = value
		case len(key) != 5:
			broken = true
		default:
			index := syntax.NewReader([]byte(key[1:])).Uint32()
			switch key[0] {
			case rowNode:
				nodes = append(nodes, savedNode{nodeIndex(index), value})
			case rowSecret, rowRatchets:
				v.secrets[secretRow{key[0] == rowRatchets, index}] = value
			default:
				broken = true
			}
		}
	}
	r := syntax.NewReader(head)
	if broken || r.String() != label {
		return nil, bad
	}
	c := readGroupContext(r)
	tag := r.Opaque()
	width := r.Uint32()
	if err := r.Err(); err != nil {
		return nil, malformed("saved group", err)
	}
	if width == 0 || width > maxLeaves || width != leavesFor(width) {
		return nil, bad
	}
	slices.SortFunc(nodes, func(a, b savedNode) int { return cmp.Compare(a.x, b.x) })
	top, ok := buildSaved(nodes, width)
	if !ok {
		return nil, bad
	}
	tree := &ratchetTree{suite: c.CipherSuite, top: top, width: width}
	if !bytes.Equal(tree.hashAll(par), c.TreeHash) {
		return nil, ErrTreeHash
	}
	s := newPublicState(c, tree, tag)
	s.readReInit(r)
	v.state, v.head = &s, r
	return v, nil
}

// savedNode is the row of a node.
type savedNode struct {
	x     nodeIndex
	value []byte
}

// buildSaved makes a tree of the rows of its nodes, which are sorted; false if
// they are not the nodes of such a tree.
func buildSaved(nodes []savedNode, width uint32) (*subtree, bool) {
	ok := true
	top := treeBuilder{
		blank: func(x nodeIndex) bool {
			last := x + 1<<x.level() - 1
			return !ok || len(nodes) == 0 || nodes[0].x > last
		},
		node: func(x nodeIndex) (n treeNode) {
			if len(nodes) == 0 || nodes[0].x != x {
				return n
			}
			r := syntax.NewReader(nodes[0].value)
			n = readTreeNode(r, x)
			nodes = nodes[1:]
			ok = ok && r.Done() == nil
			return n
		},
		make: func() *subtree { return &subtree{} },
	}.build(rootOf(width))
	return top, ok && len(nodes) == 0
}

// secretTree reads the rows of a secret tree.
func (v *savedRows) secretTree(suite CipherSuite, leaves uint32) (*secretTree, error) {
	t := &secretTree{suite: suite, leaves: leaves, nodes: map[nodeIndex]Secret{}, ratchets: map[LeafIndex]*[2]ratchet{}}
	for row, value := range v.secrets {
		r := syntax.NewReader(value)
		if row.ratchets {
			t.ratchets[LeafIndex(row.index)] = readRatchets(suite, r)
		} else {
			t.nodes[nodeIndex(row.index)] = r.Fixed(suite.HashSize())
		}
		if r.Done() != nil {
			return nil, fmt.Errorf("%w: saved group: secrets", ErrMalformed)
		}
	}
	return t, nil
}
