package privatelog

import (
	"math/rand/v2"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	r := rand.NewChaCha8([32]byte{9})
	device, err := account.GenerateKeyholder(r)
	if err != nil {
		t.Fatal(err)
	}
	u, err := account.NewGenesis(r, testTime, "alice", "chat.example", device, "")
	if err != nil {
		t.Fatal(err)
	}
	e, err := Seal(r, device, testTime, u.Chain, u.Roots, account.LogHead{}, []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzParseEntry": {Decode: func(b []byte) { _, _ = ParseEntry(b) }, Good: [][]byte{e.Marshal(), e.Erase().Marshal()}},
	})
}
