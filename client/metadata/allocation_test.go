package metadata

import (
	"bytes"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: a picture or video is looked through, not held.
func TestAllocations(t *testing.T) {
	full, _ := fullJPEG(t, 6)
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzClean": {Decode: func(b []byte) {
			Orientation(bytes.NewReader(b))
			_, _ = Clean(bytes.NewReader(b), int64(len(b)))
		}, Good: [][]byte{full, fullPNG(t, 6), fullWebP(6), fullMovie()}, Factor: 16, Base: 512 << 10},
	})
}
