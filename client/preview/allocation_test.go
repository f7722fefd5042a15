//go:build !js

package preview

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		// Pictures are decoded by the standard library, up to maxPixels: the
		// constant is theirs.
		"FuzzPreview": {Decode: func(b []byte) { Make("image/png", func() io.Reader { return bytes.NewReader(b) }, 2000) },
			Good: [][]byte{picture.Bytes()}, Base: 64 << 20},
	})
}
