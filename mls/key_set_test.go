package mls

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"testing"
)

// flat lists what a keySet holds.
func (k keySet) flat() map[[sha256.Size]byte]int {
	out := map[[sha256.Size]byte]int{}
	var walk func(n *keyNode)
	walk = func(n *keyNode) {
		switch {
		case n == nil:
		case n.branch == nil:
			out[n.digest] = n.n
		default:
			for _, b := range n.branch {
				walk(b)
			}
		}
	}
	walk(k.root)
	return out
}

// TestKeySet holds random counting against a map; sets made earlier stay as they
// were.
func TestKeySet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var k keySet
	model := map[uint32]int{}
	type version struct {
		set   keySet
		model map[uint32]int
	}
	var kept []version
	key := func(i uint32) []byte { return binary.BigEndian.AppendUint32(nil, i) }
	check := func(k keySet, model map[uint32]int) {
		t.Helper()
		twice := 0
		for i, n := range model {
			if k.has(key(i)) != n {
				t.Fatalf("key %d: %d times, want %d", i, k.has(key(i)), n)
			}
			if n > 1 {
				twice++
			}
		}
		if k.twice != twice || len(k.flat()) != len(model) || k.has([]byte("another")) != 0 {
			t.Fatalf("%d keys, %d of them twice; want %d, %d", len(k.flat()), k.twice, len(model), twice)
		}
	}
	for step := range 4000 {
		i := r.Uint32N(600)
		if model[i] > 0 && r.IntN(2) == 0 {
			k = k.count(key(i), -1, false)
			if model[i]--; model[i] == 0 {
				delete(model, i)
			}
		} else {
			k = k.count(key(i), 1, false)
			model[i]++
		}
		if step%500 == 0 {
			kept = append(kept, version{k, maps.Clone(model)})
		}
	}
	check(k, model)
	for _, v := range kept {
		check(v.set, v.model)
	}
}

// sameCensus holds the census that was carried on from epoch to epoch against
// one that is taken anew.
func sameCensus(t testing.TB, tree *ratchetTree) {
	t.Helper()
	if tree.census == nil {
		return
	}
	got, want := tree.census, takeCensus(tree)
	if !maps.Equal(got.encryption.flat(), want.encryption.flat()) || !maps.Equal(got.signature.flat(), want.signature.flat()) ||
		!maps.Equal(got.credentials, want.credentials) ||
		got.encryption.twice != want.encryption.twice || got.signature.twice != want.signature.twice {
		t.Fatal("census differs from the tree")
	}
}
