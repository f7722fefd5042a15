package blob

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzParseURL": {Decode: func(b []byte) { _, _, _ = ParseURL(string(b)) }, Good: [][]byte{[]byte(ID{1}.URL("chat.example:8420"))}},
	})
}
