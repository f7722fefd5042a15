package client

import (
	"bytes"
	"testing"

	"github.com/coffer-chat/coffer/client/blob"
)

func FuzzParseStage(f *testing.F) {
	f.Add((&stage{blob: blob.ID{1}, total: 304}).append(nil))
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parseStage(b); err == nil && !bytes.Equal(s.append(nil), b) {
			t.Error("a row has two encodings")
		}
	})
}
