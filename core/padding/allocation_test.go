package padding

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzUnpad": {Decode: func(b []byte) { _, _ = Unpad(b) }, Good: [][]byte{Pad([]byte("x"))}},
	})
}
