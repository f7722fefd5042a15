//go:build !js

package preview

import (
	"bytes"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"testing"
)

// noise is a picture that compresses badly.
func noise(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	rand.NewChaCha8([32]byte{byte(w)}).Read(m.Pix)
	return m
}

func pictures(t *testing.T) map[string][]byte {
	var asJPEG, asPNG bytes.Buffer
	if err := jpeg.Encode(&asJPEG, noise(1200, 700), nil); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&asPNG, noise(50, 900)); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"image/jpeg": asJPEG.Bytes(), "image/png": asPNG.Bytes()}
}

func TestPreview(t *testing.T) {
	for mediaType, data := range pictures(t) {
		for _, limit := range []int{8 << 10, 3 << 10} {
			p := Make(mediaType, func() io.Reader { return bytes.NewReader(data) }, limit)
			if p == nil || len(p.Data) > limit || p.MediaType != "image/jpeg" {
				t.Fatalf("%s: preview %v", mediaType, p)
			}
			m, err := jpeg.Decode(bytes.NewReader(p.Data))
			if err != nil || max(m.Bounds().Dx(), m.Bounds().Dy()) > maxEdge {
				t.Errorf("%s: %v, %v", mediaType, m.Bounds(), err)
			}
		}
	}
}

// What stands in the file beside the picture is not in the preview.
func TestPreviewDropsMetadata(t *testing.T) {
	data := pictures(t)["image/jpeg"]
	exif := append([]byte("\xff\xe1\x00\x1aExif\x00\x00"), "GPS 52.5200 13.40"...)
	data = append(append(data[:2:2], exif[:2+0x1a]...), data[2:]...)
	p := Make("image/jpeg", func() io.Reader { return bytes.NewReader(data) }, 8192)
	if p == nil || bytes.Contains(p.Data, []byte("GPS")) || bytes.Contains(p.Data, []byte("Exif")) {
		t.Error("no preview, or one with metadata")
	}
}

func TestPreviewIsOnWhite(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 40, 40))); err != nil { // transparent
		t.Fatal(err)
	}
	p := Make("image/png", func() io.Reader { return bytes.NewReader(b.Bytes()) }, 8192)
	if p == nil {
		t.Fatal("no preview")
	}
	m, err := jpeg.Decode(bytes.NewReader(p.Data))
	if err != nil {
		t.Fatal(err)
	}
	if y := color.GrayModel.Convert(m.At(20, 20)).(color.Gray).Y; y < 250 {
		t.Errorf("transparent became %d", y)
	}
}

func TestNoPreview(t *testing.T) {
	good := pictures(t)
	for name, x := range map[string]struct {
		mediaType string
		data      []byte
		limit     int
	}{
		"no picture":    {"application/pdf", []byte("%PDF-"), 8192},
		"damaged":       {"image/png", good["image/png"][:200], 8192},
		"another type":  {"image/png", good["image/jpeg"], 8192},
		"empty":         {"image/jpeg", nil, 8192},
		"no room":       {"image/jpeg", good["image/jpeg"], 0},
		"little room":   {"image/jpeg", good["image/jpeg"], 300},
		"too many dots": {"image/png", hugePNG(t), 8192},
	} {
		if p := Make(x.mediaType, func() io.Reader { return bytes.NewReader(x.data) }, x.limit); p != nil {
			t.Errorf("%s: a preview of %d bytes", name, len(p.Data))
		}
	}
}

// hugePNG claims 20,000 × 20,000 dots.
func hugePNG(t *testing.T) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	// The header's checksum is of type and content, the 17 bytes from 12 on.
	data := b.Bytes()
	copy(data[16:], "\x00\x00\x4e\x20\x00\x00\x4e\x20")
	sum := crc32.ChecksumIEEE(data[12:29])
	copy(data[29:], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	if c, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != 20000 {
		t.Fatalf("the example is not what it should be: %v, %v", c.Width, err)
	}
	return data
}

func FuzzPreview(f *testing.F) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		for mediaType := range codecs {
			if p := Make(mediaType, func() io.Reader { return bytes.NewReader(data) }, 2000); p != nil && len(p.Data) > 2000 {
				t.Errorf("%d bytes", len(p.Data))
			}
		}
	})
}

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
