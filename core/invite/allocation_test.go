package invite

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	link := "coffer://chat.example/join/" + id(1).String() + "," + id(2).String() + "#" + text.EncodeToString(make([]byte, 32))
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzParseLink": {Decode: func(b []byte) { _, _ = ParseLink(string(b)) }, Good: [][]byte{[]byte(link)}},
	})
}
