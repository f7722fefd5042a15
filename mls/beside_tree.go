package mls

import "bytes"

// besideTree is a ratchet tree that was handed over beside a Welcome or a
// GroupInfo. It is read before it is known whether it is the group's.
type besideTree struct {
	tree     *ratchetTree
	err      error // instead of the tree; of no account if the GroupInfo has one
	verified verified
}

// verified are the signatures that have been verified before their turn; the zero
// value are none.
type verified struct {
	info   bool // the GroupInfo's, under a key of the tree
	leaves leafSet
}

// leafSet is a set of leaves; nil is the empty one.
type leafSet []bool

func (s leafSet) has(l LeafIndex) bool { return uint64(l) < uint64(len(s)) && s[l] }

// verifiedBefore is the Later for a signature that is known to verify.
func verifiedBefore(func() error) {}

// readBeside reads the content of a ratchet_tree extension.
func readBeside(suite CipherSuite, data []byte) besideTree {
	if len(data) == 0 {
		return besideTree{err: ErrNoTree}
	}
	t, err := parseTree(suite, bytes.Clone(data))
	return besideTree{tree: t, err: err}
}

// verifyWhile runs unwrap, and at the same time verifies the leaves that come from
// key packages: their signatures cover neither the group nor their place in it, and
// need not wait for the GroupInfo that unwrap returns. Without cores to spare it
// only runs unwrap. What does not verify is left for its turn, when the tree is
// judged, so that a refusal does not depend on who was first.
func (b *besideTree) verifyWhile(par Parallel, unwrap func() *GroupInfo) {
	if par == nil || b.tree == nil {
		unwrap()
		return
	}
	var list []LeafIndex
	for l, leaf := range b.tree.members {
		if leaf.Source == LeafFromKeyPackage {
			list = append(list, l)
		}
	}
	b.verified.leaves = make(leafSet, b.tree.leaves())
	par.run(1+len(list), func(i int) {
		if i == 0 {
			info := unwrap()
			b.verified.info = info != nil && info.verify(b.tree) == nil
			return
		}
		l := list[i-1]
		b.verified.leaves[l] = b.tree.leaf(l).Verify(b.tree.suite, nil, l) == nil
	})
}
