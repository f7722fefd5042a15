package metadata

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"testing"
)

// picture is a small picture that is not the same when it is turned.
func picture() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 40, 24))
	for y := range 24 {
		for x := range 40 {
			m.Set(x, y, color.RGBA{uint8(x * 6), uint8(y * 10), uint8(x ^ y), 255})
		}
	}
	return m
}

const secret = "taken at 48.8583 N 2.2945 E by Ferdinand"

// exifOf is Exif data with an orientation, followed by something to hide.
func exifOf(turn int) []byte { return append(turned(turn), secret...) }

func jpegSegment(marker byte, body []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return append(b, body...)
}

// fullJPEG is a JPEG with everything that cameras and programs put into one.
func fullJPEG(t testing.TB, turn int) (full, bare []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		t.Fatal(err)
	}
	bare = b.Bytes()
	full = append([]byte{}, bare[:2]...)
	full = append(full, jpegSegment(markerAPP0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"))...)
	full = append(full, jpegSegment(markerAPP1, append([]byte(exifPrefix), exifOf(turn)...))...)
	full = append(full, jpegSegment(markerAPP1, []byte("http://ns.adobe.com/xap/1.0/\x00"+secret))...)
	full = append(full, jpegSegment(0xed, []byte("Photoshop 3.0\x00"+secret))...)
	full = append(full, jpegSegment(markerAPP2, []byte("ICC_PROFILE\x00\x01\x01profile"))...)
	full = append(full, jpegSegment(markerAPP2, []byte("MPF\x00"+secret))...)
	full = append(full, jpegSegment(0xe5, []byte(secret))...)
	full = append(full, jpegSegment(markerCOM, []byte(secret))...)
	full = append(full, bare[2:]...)
	return append(full, "\xff\xd8 a second picture, "+secret...), bare
}

func fullPNG(t testing.TB, turn int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		t.Fatal(err)
	}
	bare := b.Bytes()
	head := len(pngMagic) + 25 // IHDR
	full := append([]byte{}, bare[:head]...)
	for _, name := range []string{"tEXt", "zTXt", "iTXt", "tIME", "prVt"} {
		full = append(full, pngChunk(name, []byte(secret))...)
	}
	full = append(full, pngChunk("gAMA", []byte{0, 0, 0xb1, 0x8f})...)
	full = append(full, pngChunk("eXIf", exifOf(turn))...)
	return append(append(full, bare[head:]...), secret...)
}

func webpChunk(name string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
	if b = append(b, body...); len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func fullWebP(turn int) []byte {
	body := []byte("WEBP")
	body = append(body, webpChunk("VP8X", []byte{webpExif | webpXMP, 0, 0, 0, 39, 0, 0, 23, 0, 0})...)
	body = append(body, webpChunk("ICCP", []byte("profile"))...)
	body = append(body, webpChunk("VP8 ", []byte("the picture"))...)
	body = append(body, webpChunk("EXIF", exifOf(turn))...)
	body = append(body, webpChunk("XMP ", []byte(secret))...)
	return append(append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...), secret...)
}

func box(name string, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(all)+8)), name...), all...)
}

func fullMovie() []byte {
	return bytes.Join([][]byte{
		box("ftyp", []byte("isom\x00\x00\x02\x00")),
		box("moov", box("mvhd", []byte("header")), box("udta", box("\xa9xyz", []byte(secret))),
			box("trak", box("tkhd", []byte("track")), box("meta", []byte(secret)))),
		box("mdat", []byte("the film")),
		box("uuid", []byte(secret)),
	}, nil)
}

func clean(t testing.TB, b []byte) []byte {
	t.Helper()
	p, err := Clean(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(p.Reader(bytes.NewReader(b)))
	if err != nil || int64(len(out)) != p.Size() {
		t.Fatalf("%d bytes, said to be %d: %v", len(out), p.Size(), err)
	}
	return out
}

// pixels decodes a picture.
func pixels(t testing.TB, b []byte) []byte {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestCleanHides: nothing of what is to be hidden is left, the picture is what it
// was, and the way it is turned stays.
func TestCleanHides(t *testing.T) {
	for _, turn := range []int{1, 6, 8} {
		asJPEG, _ := fullJPEG(t, turn)
		for name, full := range map[string][]byte{"JPEG": asJPEG, "PNG": fullPNG(t, turn), "WebP": fullWebP(turn), "movie": fullMovie()} {
			out := clean(t, full)
			if bytes.Contains(out, []byte("Ferdinand")) || bytes.Contains(out, []byte("48.8583")) {
				t.Errorf("%s: the secret is still there", name)
			}
			if again := clean(t, out); name != "movie" && len(again) > len(out) {
				t.Errorf("%s: cleaning again makes it longer", name)
			}
			if name == "JPEG" || name == "PNG" {
				if !bytes.Equal(pixels(t, out), pixels(t, full)) {
					t.Errorf("%s: the picture has changed", name)
				}
				if got := Orientation(bytes.NewReader(out)); got != turn {
					t.Errorf("%s: orientation %d, want %d", name, got, turn)
				}
			}
		}
	}
	out := clean(t, fullWebP(3))
	if !bytes.Contains(out, turned(3)) || out[20] != webpExif || int(binary.LittleEndian.Uint32(out[4:])) != len(out)-8 {
		t.Errorf("WebP: % x", out)
	}
	if out := clean(t, fullWebP(1)); out[20] != 0 || bytes.Contains(out, []byte("EXIF")) {
		t.Errorf("WebP: flags %x", out[20])
	}
	if m := clean(t, fullMovie()); len(m) != len(fullMovie()) || bytes.Index(m, []byte("the film")) != bytes.Index(fullMovie(), []byte("the film")) {
		t.Error("movie: its data has moved")
	}
	jpegOut, _ := fullJPEG(t, 1)
	for _, kept := range []string{"JFIF", "ICC_PROFILE"} {
		if !bytes.Contains(clean(t, jpegOut), []byte(kept)) {
			t.Errorf("JPEG: %s is gone", kept)
		}
	}
}

func TestCleanLeavesTheRest(t *testing.T) {
	_, bare := fullJPEG(t, 1)
	for name, b := range map[string][]byte{
		"text": []byte("GPS 48.8583"), "empty": {}, "bare JPEG": bare, "cut short in its data": bare[:len(bare)-40],
	} {
		if out := clean(t, b); !bytes.Equal(out, b) {
			t.Errorf("%s has changed", name)
		}
	}
}

// TestCleanRefuses: what cannot be cleaned is not said to be clean.
func TestCleanRefuses(t *testing.T) {
	full, _ := fullJPEG(t, 1)
	pic := fullPNG(t, 1)
	long := box("moov", box("udta", []byte("x")))
	long[3] = 0xff
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"HEIC":                {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), ErrUnknownLayout},
		"AVIF":                {[]byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00"), ErrUnknownLayout},
		"TIFF":                {[]byte("II*\x00\x08\x00\x00\x00"), ErrUnknownLayout},
		"JPEG cut in segment": {full[:60], ErrMalformed},
		"JPEG without marker": {[]byte("\xff\xd8\xff\xe0\x00\x04JFxx"), ErrMalformed},
		"PNG cut":             {pic[:60], ErrMalformed},
		"WebP too long":       {[]byte("RIFF\xff\xff\xff\x7fWEBP"), ErrMalformed},
		"movie's box":         {append(box("ftyp", []byte("isom\x00\x00\x00\x00")), long...), ErrMalformed},
	} {
		if _, err := Clean(bytes.NewReader(c.file), int64(len(c.file))); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	full, _ := fullJPEG(f, 6)
	for _, seed := range [][]byte{full, fullPNG(f, 6), fullWebP(6), fullMovie(), []byte("\xff\xd8\xff\xda\x00\x02\xff")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		Orientation(bytes.NewReader(b))
		p, err := Clean(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnknownLayout) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		n, err := io.Copy(io.Discard, p.Reader(bytes.NewReader(b)))
		if err != nil || n != p.Size() {
			t.Fatalf("%d bytes, said to be %d: %v", n, p.Size(), err)
		}
	})
}

// TestTurnedIsTheExample holds the example of spec/attachments.md.
func TestTurnedIsTheExample(t *testing.T) {
	const want = "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	if got := string(turned(6)); got != want {
		t.Errorf("% x", got)
	}
}
