package transport

import (
	"bytes"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	end := []byte(`{"code":"aborted","message":"\u00e9","details":[{"type":"a","value":"AA"}]}`)
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzJSON": {Decode: func(b []byte) { _ = DecodeEnd(b) }, Good: [][]byte{end}},
		"FuzzReadFrame": {Decode: func(b []byte) {
			for r := bytes.NewReader(b); ; {
				if _, _, err := ReadFrame(r, 1<<20); err != nil {
					return
				}
			}
		}, Good: [][]byte{AppendFrame(nil, []byte("abc"))}},
	})
}
