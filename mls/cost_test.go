package mls

import "testing"

// TestCommitCostsWhatItChanges: the next epoch shares with the one before all
// but the nodes on the committer's path, and what a commit allocates grows with
// the path, not with the group.
func TestCommitCostsWhatItChanges(t *testing.T) {
	allocs := map[int]float64{}
	for _, n := range []int{32, 512} {
		w := benchWorldOf(t, suite1, n)
		staged, err := w.member(t, 0, true).Commit(seeded("cost"), CommitOptions{})
		noErr(t, err)
		g := w.member(t, LeafIndex(n-1), true)
		next, err := g.Process(staged.Message, ProcessOptions{})
		noErr(t, err)
		if fresh := freshNodes(g.tree.top, next.Group().tree.top); fresh > w.levels()+1 {
			t.Errorf("%d members: %d new nodes, the path has %d", n, fresh, w.levels()+1)
		}
		if got := freshNodes(g.tree.top, staged.Group().tree.top); got > w.levels()+1 {
			t.Errorf("%d members: the committer has %d new nodes", n, got)
		}
		allocs[n] = testing.AllocsPerRun(5, func() {
			_, err := g.Process(staged.Message, ProcessOptions{})
			noErr(t, err)
		})
	}
	if allocs[512] > 2*allocs[32] {
		t.Errorf("%g allocations for 512 members, %g for 32", allocs[512], allocs[32])
	}
}

// freshNodes counts the nodes of now that old does not share.
func freshNodes(old, now *subtree) int {
	if old == now || now == nil {
		return 0
	}
	if old == nil {
		old = &subtree{}
	}
	return 1 + freshNodes(old.left, now.left) + freshNodes(old.right, now.right)
}

// TestNewDemandsReachEveryone: extensions that demand more than the old ones are
// held against all members, also those that the commit does not touch; the same
// demands again are not refused.
func TestNewDemandsReachEveryone(t *testing.T) {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"), w.bundle("c"))
	require := func(list ...ExtensionType) Extensions {
		return Extensions{}.With(ExtensionRequiredCapabilities, RequiredCapabilities{Extensions: list}.Append(nil))
	}
	_, err := w.members["a0"].Commit(w.rand, CommitOptions{Extensions: require(0xff00)})
	wantErr(t, "an extension type that nobody supports", err, ErrUnsupported)
	_, err = w.members["a0"].Commit(w.rand, CommitOptions{Extensions: Extensions{{Type: 0xff00}}})
	wantErr(t, "an extension that nobody supports", err, ErrUnsupported)
	w.commit("a0", CommitOptions{Extensions: require(ExtensionAppDataDictionary)})
	w.commit("b", CommitOptions{Extensions: require(ExtensionAppDataDictionary)})
	_, err = w.members["c"].Commit(w.rand, CommitOptions{Extensions: require(ExtensionAppDataDictionary, 0xff00)})
	wantErr(t, "more is required", err, ErrUnsupported)
}
