package itest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// pngOf is a picture of one colour.
func pngOf(t *testing.T, width, height int) *bytes.Reader {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	picture.SetRGBA(3, 3, color.RGBA{1, 2, 3, 255})
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(file.Bytes())
}
