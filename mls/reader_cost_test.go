package mls

import "testing"

// TestReaderAllocations: what decrypting one message of a history allocates, on the average of a
// segment read downwards, as a restore reads.
func TestReaderAllocations(t *testing.T) {
	w := pairWorld(t)
	list := sealed(t, w, "a0", readerSegment)
	b := w.members["b"]
	secrets, err := b.HistorySecrets()
	noErr(t, err)
	ctx, err := ParseGroupContext(b.ContextBytes())
	noErr(t, err)
	allocs := testing.AllocsPerRun(3, func() {
		r, err := NewEpochReader(ctx, secrets, b.LeafCount(), func(l LeafIndex) (SignaturePublicKey, bool) {
			leaf, ok := b.Member(l)
			return leaf.SignatureKey, ok
		})
		noErr(t, err)
		for i := range list {
			_, _, err := r.Decrypt(list[len(list)-1-i])
			noErr(t, err)
		}
	})
	if n := allocs / float64(len(list)); n > 48 {
		t.Errorf("%.1f allocations a message", n)
	}
}
