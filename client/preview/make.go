//go:build !js

package preview

import (
	"bufio"
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"

	"github.com/coffer-chat/coffer/client/metadata"
	"github.com/coffer-chat/coffer/core/content"
)

const (
	// maxPixels is how large a picture may be to be decoded at all; its
	// header is looked at first.
	maxPixels = 40_000_000
	// maxEdge is a preview's longer edge in pixels.
	maxEdge = 320
	minEdge = 24
)

// codec decodes one format of pictures.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = map[string]codec{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/png":  {png.DecodeConfig, png.Decode},
}

// Make makes a small JPEG of a picture, of at most limit bytes; nil for what is no
// picture, is damaged or is too large. It is drawn anew, so nothing of the file's
// metadata is in it.
func Make(mediaType string, open func() io.Reader, limit int) *content.Preview {
	codec, ok := codecs[mediaType]
	if !ok || limit <= 0 {
		return nil
	}
	head, err := codec.config(bufio.NewReader(open()))
	if err != nil || head.Width < 1 || head.Height < 1 || int64(head.Width)*int64(head.Height) > maxPixels {
		return nil
	}
	full, err := codec.decode(bufio.NewReaderSize(open(), 64<<10))
	if err != nil {
		return nil
	}
	small := turnedUp(shrink(full, maxEdge), metadata.Orientation(open()))
	for edge := maxEdge; edge >= minEdge; edge = edge * 3 / 4 {
		small = shrink(small, edge)
		for _, quality := range []int{75, 50, 30} {
			var out bytes.Buffer
			if jpeg.Encode(&out, small, &jpeg.Options{Quality: quality}) != nil {
				return nil
			}
			if out.Len() <= limit {
				return &content.Preview{MediaType: "image/jpeg", Data: out.Bytes()}
			}
		}
	}
	return nil
}

// shrink scales a picture down until its longer edge has at most so many pixels,
// on white.
func shrink(src image.Image, edge int) *image.RGBA {
	size := src.Bounds().Size()
	if longer := max(size.X, size.Y); longer > edge {
		size.X, size.Y = max(1, size.X*edge/longer), max(1, size.Y*edge/longer)
	}
	dst := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(dst, dst.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.BiLinear.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Over, nil)
	return dst
}
