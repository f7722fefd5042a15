package linking

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	s, err := Show(randomness(1), noon, place)
	must(t, err)
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzBox":      {Decode: func(b []byte) { _, _, _ = s.Take(noon, b) }, Good: [][]byte{s.Box(), (&Refused{}).bytes()}},
		"FuzzBox/link": {Decode: func(b []byte) { _, _ = ParseLink(string(b)) }, Good: [][]byte{[]byte(s.Link())}},
	})
}
