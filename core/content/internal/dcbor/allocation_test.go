package dcbor

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzValue": {Decode: func(b []byte) { NewReader(b).Value(3) }, Good: [][]byte{unhex(t, "a201020304"), unhex(t, "83f97e00c11a514b67b060")}},
	})
}
