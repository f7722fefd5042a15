package mls

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestTreeIsValue: a tree stays as it was whatever is done to its clones, and a
// clone's counts and hashes are those of a tree that is read anew.
func TestTreeIsValue(t *testing.T) {
	w := benchWorldOf(t, suite1, 33)
	r := rand.New(rand.NewPCG(3, 4))
	type kept struct {
		tree *ratchetTree
		enc  string
	}
	tree := w.full.tree
	all := []kept{{tree, string(tree.append(nil))}}
	names := 0
	for range 200 {
		tree = tree.clone()
		var present []LeafIndex
		for l := range tree.members {
			present = append(present, l)
		}
		l := present[r.IntN(len(present))]
		switch r.IntN(4) {
		case 0:
			for range 1 + r.IntN(5) {
				names++
				leaf := *w.bundles[0].KeyPackage.Leaf
				leaf.EncryptionKey = fmt.Appendf(nil, "key %d", names)
				leaf.SignatureKey = fmt.Appendf(nil, "key %d", names)
				if _, err := tree.add(&leaf); err != nil {
					t.Fatal(err)
				}
			}
		case 1:
			if len(present) > 1 {
				tree.remove(l)
				tree.truncate()
			}
		case 2:
			names++
			leaf := *tree.leaf(l)
			leaf.EncryptionKey = fmt.Appendf(nil, "key %d", names)
			tree.update(l, &leaf)
		case 3:
			path := tree.filteredPath(l)
			keys := make([]HPKEPublicKey, len(path))
			for i := range keys {
				names++
				keys[i] = fmt.Appendf(nil, "key %d", names)
			}
			tree.setPath(l, path, keys)
		}
		sameCensus(t, tree)
		enc := tree.append(nil)
		again, err := parseTree(suite1, enc)
		noErr(t, err)
		equal0(t, "tree hash", tree.hashAll(onAllCores), again.rootHash())
		if tree.top.members != again.top.members || tree.top.filled != again.top.filled || tree.width < again.width {
			t.Fatalf("%d members, %d nodes; read anew %d, %d", tree.top.members, tree.top.filled, again.top.members, again.top.filled)
		}
		all = append(all, kept{tree, string(enc)})
	}
	for i, k := range all {
		if string(k.tree.append(nil)) != k.enc {
			t.Fatalf("tree %d was changed by a later one", i)
		}
	}
}
