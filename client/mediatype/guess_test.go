package mediatype

import (
	"testing"
)

func TestGuess(t *testing.T) {
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
		{"gr\xc3n", "", Unknown},
		{"\x00\x01", "", Unknown},
		{"", "", Unknown},
		{"\xff", "", Unknown},
	} {
		if got := Guess([]byte(x.head), x.name); got != x.want {
			t.Errorf("%q, %q: %s, want %s", x.head, x.name, got, x.want)
		}
	}
}
