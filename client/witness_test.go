package client

import "testing"

// TestAuthority: who runs a realm is told from its address, and no spelling of the
// server's own makes it another's.
func TestAuthority(t *testing.T) {
	for address, want := range map[string]string{
		"https://realm.example":                 "realm.example",
		"https://realm.example/":                "realm.example",
		"https://Realm.Example:8443/a/b":        "realm.example:8443",
		"https://other.example@realm.example/x": "realm.example",
		"https://realm.example?u=other.example": "realm.example",
		"http://[::1]:80/realm/1":               "[::1]:80",
		"https://realm.example/@other.example/": "realm.example",
		"https:///x":                            "",
		"realm.example":                         "",
		"":                                      "",
	} {
		if got := authority(address); got != want {
			t.Errorf("%q is at %q, want %q", address, got, want)
		}
	}
}
