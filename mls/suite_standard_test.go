//go:build !mls_xwing83

package mls

import "testing"

// TestNoPrivateSuite: a normal build holds the suites of SupportedSuites only.
func TestNoPrivateSuite(t *testing.T) {
	listed := map[CipherSuite]bool{}
	for _, s := range SupportedSuites() {
		listed[s] = true
	}
	for n := range 1 << 16 {
		if s := CipherSuite(n); s.Supported() != listed[s] {
			t.Errorf("suite %#04x: built %v, listed %v", n, s.Supported(), listed[s])
		}
	}
}
