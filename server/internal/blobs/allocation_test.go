package blobs

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzContentRange": {Decode: func(b []byte) { contentRange(request(string(b), 5)) }, Good: [][]byte{[]byte("bytes 0-4/5")}},
	})
}
