package realm_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
	"github.com/coffer-chat/coffer/realm"
)

// TestAllocations: what strangers send to a realm takes memory by its size.
func TestAllocations(t *testing.T) {
	s, err := realm.Open(context.Background(), realm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzDo": {Decode: func(b []byte) { s.Do(context.Background(), b) }, Good: [][]byte{bytes.Repeat([]byte{1}, 300)}},
	})
}
