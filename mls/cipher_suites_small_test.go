//go:build mls_hybrid_only

package mls

import (
	"slices"
	"testing"
)

// TestHybridOnly: the small build has the hybrid suite, which works, and says of
// every other that it is not built. make wasm runs it.
func TestHybridOnly(t *testing.T) {
	if got := SupportedSuites(); !slices.Equal(got, []CipherSuite{hybridSuite}) {
		t.Errorf("suites %v", got)
	}
	for _, s := range []CipherSuite{1, 2, 3, 5, 7} {
		wantErr(t, s.String(), s.check(), ErrUnsupportedSuite)
	}
	w := newWorld(t, hybridSuite, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"))
	if w.members["b"] == nil {
		t.Error("nobody joined")
	}
}
