package recoverycode

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzParse": {Decode: func(b []byte) { _, _, _ = Parse(string(b)) }, Good: [][]byte{[]byte(newSecret(t, 7).Code())}},
	})
}
