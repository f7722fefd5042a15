package sealed

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	v := readVectors(t)
	sec, err := newSecrets(v.Key)
	if err != nil {
		t.Fatal(err)
	}
	e := v.Entries[0]
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzOpenValue":     {Decode: func(b []byte) { _, _, _ = sec.open([]byte(e.DiskKey), b) }, Good: [][]byte{[]byte(e.DiskValue)}},
		"FuzzOpenValue/key": {Decode: func(b []byte) { _, _, _ = sec.open(b, []byte(e.DiskValue)) }, Good: [][]byte{[]byte(e.DiskKey)}},
	})
}
