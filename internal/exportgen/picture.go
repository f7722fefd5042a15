package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
)

// picture returns a small landscape: sky, a sun and a hill, different for every
// seed. It is a PNG or JPEG as the name says.
func picture(name string, seed int64) []byte {
	const w, h = 32, 24
	rng := &random{uint64(seed)}
	palette := color.Palette{
		color.RGBA{uint8(90 + rng.below(120)), uint8(140 + rng.below(80)), 235, 255},
		color.RGBA{uint8(40 + rng.below(60)), uint8(100 + rng.below(100)), 60, 255},
		color.RGBA{255, uint8(180 + rng.below(60)), 60, 255},
	}
	img := image.NewPaletted(image.Rect(0, 0, w, h), palette)
	peak, top := 6+rng.below(20), 8+rng.below(8)
	sunX, sunY := 4+rng.below(24), 3+rng.below(4)
	for y := range h {
		for x := range w {
			dx, dy := x-sunX, y-sunY
			slope := x - peak
			if slope < 0 {
				slope = -slope
			}
			switch {
			case y > top+slope/2:
				img.SetColorIndex(x, y, 1)
			case dx*dx+dy*dy < 7:
				img.SetColorIndex(x, y, 2)
			}
		}
	}
	var b bytes.Buffer
	if strings.HasSuffix(name, ".png") {
		// No compression: its result may change from one version of Go to the next.
		if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img); err != nil {
			panic(err) // writing into memory cannot fail
		}
		return b.Bytes()
	}
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 60}); err != nil {
		panic(err)
	}
	return b.Bytes()
}
