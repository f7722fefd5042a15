package store_test

import (
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzParseBound": {Decode: func(b []byte) { _, _, _, _ = store.ParseBound(b) },
			Good: [][]byte{store.Table("abc").ID([]byte("who")).Uint64(7).End()}},
	})
}
