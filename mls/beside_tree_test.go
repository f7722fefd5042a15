package mls

import (
	"errors"
	"testing"
)

// joinAnyOrder joins with the checks in order, backwards and on all cores, and
// demands the same of each, to the word.
func joinAnyOrder(t *testing.T, msg []byte, kp *KeyPackageBundle, o JoinOptions) (*Group, error) {
	t.Helper()
	backwards := func(n int, f func(int)) {
		for i := n - 1; i >= 0; i-- {
			f(i)
		}
	}
	want, wantErr := JoinWelcome(msg, kp, o)
	for _, par := range []Parallel{backwards, onAllCores} {
		o.Parallel = par
		g, err := JoinWelcome(msg, kp, o)
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Errorf("in another order: %v, want %v", err, wantErr)
		}
		if err == nil {
			equal0(t, "epoch", g.EpochAuthenticator(), want.EpochAuthenticator())
		}
	}
	return want, wantErr
}

// TestTreeBesideVouchesForNothing: signatures that were verified in a tree handed
// over beside a Welcome count for that very tree, not for the one in the Welcome.
func TestTreeBesideVouchesForNothing(t *testing.T) {
	// Without parents, so that no parent hash fails first.
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"))
	f := &joinForger{forger: &forger{w, w.members["a0"], w.members["b"]}, kp: w.bundle("new")}
	f.staged = w.stage("a0", CommitOptions{Add: []*KeyPackage{f.kp.KeyPackage}})
	f.next = f.staged.Group()
	leaf := *f.next.tree.leaf(2)
	leaf.Signature = make([]byte, 64)
	forged := f.next.tree.clone()
	forged.set(LeafIndex(2).node(), treeNode{leaf: &leaf})
	kp := *f.kp
	kp.KeyPackage = &KeyPackage{}
	*kp.KeyPackage = *f.kp.KeyPackage
	kp.KeyPackage.Leaf = &leaf
	msg := f.welcome(t, &kp, func(i *GroupInfo, _ *groupSecrets) bool {
		i.Context.TreeHash = forged.rootHash()
		i.Extensions = i.Extensions.With(ExtensionRatchetTree, forged.append(nil))
		return true
	})
	if _, err := joinAnyOrder(t, msg, &kp, JoinOptions{Tree: f.next.Tree()}); !errors.Is(err, ErrBadSignature) {
		t.Errorf("the right tree beside a forged one: %v", err)
	}
	// A tree beside that nobody asked for harms nothing, whatever it is.
	msg = f.welcome(t, f.kp, func(i *GroupInfo, _ *groupSecrets) bool {
		i.Extensions = i.Extensions.With(ExtensionRatchetTree, f.next.tree.append(nil))
		return true
	})
	for _, tree := range [][]byte{nil, {1}, forged.append(nil), f.next.Tree()} {
		if _, err := joinAnyOrder(t, msg, f.kp, JoinOptions{Tree: tree}); err != nil {
			t.Errorf("with a tree of %d bytes beside: %v", len(tree), err)
		}
	}
}

// TestTreeBesideHeadStart: with cores to spare the leaves' signatures are verified
// once, and while the Welcome is opened.
func TestTreeBesideHeadStart(t *testing.T) {
	f := newJoinForger(t)
	var sizes []int
	count := func(n int, run func(int)) {
		sizes = append(sizes, n)
		for i := range n {
			run(i)
		}
	}
	_, err := JoinWelcome(f.staged.Welcome, f.kp, JoinOptions{Tree: f.next.Tree(), Parallel: count})
	noErr(t, err)
	fromKeyPackage := 0
	for _, leaf := range f.next.Members() {
		if leaf.Source == LeafFromKeyPackage {
			fromKeyPackage++
		}
	}
	if fromKeyPackage == 0 || len(sizes) == 0 || sizes[0] != 1+fromKeyPackage {
		t.Errorf("ran %d at the same time, with %d leaves from key packages", sizes, fromKeyPackage)
	}
}
