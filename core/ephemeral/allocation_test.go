package ephemeral

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: what a server relays takes memory by its size only.
func TestAllocations(t *testing.T) {
	g := newGroup(t)
	good, err := Seal(g.rand, suite, g.keys[0], g.joinKey, address(0), read)
	if err != nil {
		t.Fatal(err)
	}
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzOpen": {Decode: func(b []byte) { _, _, _ = Open(b, g.record, g.joinKey) }, Good: [][]byte{good}},
	})
}
