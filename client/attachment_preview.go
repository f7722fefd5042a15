//go:build !js

package client

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
	// maxPreviewPixels is how large a picture may be to be decoded at all; its
	// header is looked at first.
	maxPreviewPixels = 40_000_000
	// maxPreviewEdge is a preview's longer edge in pixels.
	maxPreviewEdge = 320
	minPreviewEdge = 24
)

// imageCodec decodes one format of pictures.
type imageCodec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var imageCodecs = map[string]imageCodec{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/png":  {png.DecodeConfig, png.Decode},
}

// preview makes a preview here, where Config.Preview makes none. It is a small JPEG of a picture, of at most limit bytes; nil for what
// is no picture, is damaged or is too large. It is drawn anew, so nothing of the
// file's metadata is in it.
func preview(mediaType string, open func() io.Reader, limit int) *content.Preview {
	codec, ok := imageCodecs[mediaType]
	if !ok || limit <= 0 {
		return nil
	}
	head, err := codec.config(bufio.NewReader(open()))
	if err != nil || head.Width < 1 || head.Height < 1 || int64(head.Width)*int64(head.Height) > maxPreviewPixels {
		return nil
	}
	full, err := codec.decode(bufio.NewReaderSize(open(), 64<<10))
	if err != nil {
		return nil
	}
	small := turnedUp(shrink(full, maxPreviewEdge), metadata.Orientation(open()))
	for edge := maxPreviewEdge; edge >= minPreviewEdge; edge = edge * 3 / 4 {
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
