//go:build !js

package client

import (
	"image"
	"image/color"
	"testing"
)

// TestTurnedUp: a picture whose corner is marked has it where its orientation says.
func TestTurnedUp(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 3, 2))
	mark := color.RGBA{255, 0, 0, 255}
	src.SetRGBA(0, 0, mark)
	for turn, want := range map[int]image.Point{
		0: {0, 0}, 1: {0, 0}, 2: {2, 0}, 3: {2, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 2}, 8: {0, 2}, 9: {0, 0},
	} {
		got := turnedUp(src, turn)
		size := image.Pt(3, 2)
		if turn >= 5 && turn <= 8 {
			size = image.Pt(2, 3)
		}
		if got.Bounds().Size() != size || got.RGBAAt(want.X, want.Y) != mark {
			t.Errorf("orientation %d: %v, marked %v", turn, got.Bounds().Size(), got.RGBAAt(want.X, want.Y) == mark)
		}
	}
}
