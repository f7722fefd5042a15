package metadata

import (
	"bytes"
	"encoding/binary"
	"io"
)

// maxHead is how much of a picture's beginning Orientation looks at.
const maxHead = 256 << 10

// Orientation returns how a JPEG or PNG is to be turned to be seen, as Exif says it:
// 1 as it is, 2 to 8 mirrored and turned. It reads the beginning of the file only.
func Orientation(r io.Reader) int {
	head, err := io.ReadAll(io.LimitReader(r, maxHead))
	if err != nil {
		return 1
	}
	f := &source{r: bytes.NewReader(head), size: int64(len(head))}
	switch kindOf(head[:min(len(head), 16)]) {
	case kindJPEG:
		return orientationOfJPEG(f)
	case kindPNG:
		return orientationOfPNG(f)
	}
	return 1
}

func orientationOfJPEG(f *source) int {
	for at := int64(2); ; {
		h, err := f.at(at, 4)
		if err != nil || h[0] != 0xff || h[1] == markerSOS {
			return 1
		}
		n := int64(binary.BigEndian.Uint16(h[2:]))
		body, err := f.at(at+4, max(n-2, 0))
		if err != nil || n < 2 {
			return 1
		}
		if h[1] == markerAPP1 && bytes.HasPrefix(body, []byte(exifPrefix)) {
			return orientation(body[len(exifPrefix):])
		}
		at += 2 + n
	}
}

func orientationOfPNG(f *source) int {
	for at := int64(len(pngMagic)); ; {
		h, err := f.at(at, 8)
		if err != nil {
			return 1
		}
		n := int64(binary.BigEndian.Uint32(h))
		if string(h[4:]) == "eXIf" {
			body, err := f.at(at+8, n)
			if err != nil {
				return 1
			}
			return orientation(body)
		}
		at += 12 + n
	}
}
