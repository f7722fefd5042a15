//go:build !js

package client

import (
	"bytes"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/content"
)

func TestGuessMediaType(t *testing.T) {
	for _, x := range []struct{ head, name, want string }{
		{"\xff\xd8\xff\xe0\x00\x10JFIF", "photo.txt", "image/jpeg"},
		{"\x89PNG\r\n\x1a\n", "", "image/png"},
		{"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "image/webp"},
		{"RIFF\x00\x00\x00\x00WAVEfmt ", "", "audio/wav"},
		{"\x00\x00\x00\x18ftypheic", "", "image/heic"},
		{"\x00\x00\x00\x18ftypisom", "", "video/mp4"},
		{"%PDF-1.7", "x.jpg", "application/pdf"},
		{"PK\x03\x04", "a.docx", extensions[".docx"]},
		{"PK\x03\x04", "a.bin", "application/zip"},
		{"plain words\n", "", "text/plain"},
		{"# words", "README.md", "text/markdown"},
		{"gr\xc3", "", "text/plain"}, // cut inside a character
		{"gr\xc3n", "", typeUnknown},
		{"\x00\x01", "", typeUnknown},
		{"", "", typeUnknown},
		{"\xff", "", typeUnknown},
	} {
		if got := guessMediaType([]byte(x.head), x.name); got != x.want {
			t.Errorf("%q, %q: %s, want %s", x.head, x.name, got, x.want)
		}
	}
}

func TestAttachmentName(t *testing.T) {
	for in, want := range map[string]string{
		"photo.jpg": "photo.jpg", "/etc/passwd": "passwd", `C:\x\y.txt`: "y.txt", "..": "", ".": "", "a\nb": "a_b", "": "",
		"a\u202egpj.exe": "a_gpj.exe", "\xff.png": "_.png", "x:y": "x_y", "/": "_",
	} {
		if got := attachmentName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	long := attachmentName(strings.Repeat("ü", 300) + ".jpeg")
	if len(long) > content.MaxName || !strings.HasSuffix(long, "ü.jpeg") {
		t.Errorf("long name became %q", long)
	}
	if again := attachmentName(long); again != long {
		t.Error("a good name was changed")
	}
}

// noise is a picture that compresses badly.
func noise(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	copy(m.Pix, fileOf(len(m.Pix)))
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
		for _, limit := range []int{maxAttachmentPreview, maxImportPreview} {
			p := preview(mediaType, func() io.Reader { return bytes.NewReader(data) }, limit)
			if p == nil || len(p.Data) > limit || p.MediaType != "image/jpeg" {
				t.Fatalf("%s: preview %v", mediaType, p)
			}
			m, err := jpeg.Decode(bytes.NewReader(p.Data))
			if err != nil || max(m.Bounds().Dx(), m.Bounds().Dy()) > maxPreviewEdge {
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
	p := preview("image/jpeg", func() io.Reader { return bytes.NewReader(data) }, maxAttachmentPreview)
	if p == nil || bytes.Contains(p.Data, []byte("GPS")) || bytes.Contains(p.Data, []byte("Exif")) {
		t.Error("no preview, or one with metadata")
	}
}

func TestPreviewIsOnWhite(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 40, 40))); err != nil { // transparent
		t.Fatal(err)
	}
	p := preview("image/png", func() io.Reader { return bytes.NewReader(b.Bytes()) }, maxAttachmentPreview)
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
		if p := preview(x.mediaType, func() io.Reader { return bytes.NewReader(x.data) }, x.limit); p != nil {
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
		for mediaType := range imageCodecs {
			if p := preview(mediaType, func() io.Reader { return bytes.NewReader(data) }, 2000); p != nil && len(p.Data) > 2000 {
				t.Errorf("%d bytes", len(p.Data))
			}
		}
	})
}
