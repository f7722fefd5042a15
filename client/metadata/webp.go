package metadata

import "encoding/binary"

// webpShown are the chunks of a WebP file that are the picture.
var webpShown = map[string]bool{
	"VP8 ": true, "VP8L": true, "VP8X": true, "ALPH": true, "ANIM": true, "ANMF": true, "ICCP": true,
}

// Flags of the chunk VP8X.
const (
	webpXMP  = 0x04
	webpExif = 0x08
)

// cleanWebP keeps the picture's chunks. The file's size and the flags that say
// what is in it are written anew.
func cleanWebP(f *source) (*Plan, error) {
	head, err := f.at(0, 12)
	if err != nil {
		return nil, ErrMalformed
	}
	end := 8 + int64(binary.LittleEndian.Uint32(head[4:]))
	if end > f.size {
		return nil, ErrMalformed
	}
	p := &Plan{}
	p.put(head) // its size is set below
	turn, flagsAt := 1, -1
	for at := int64(12); at < end; {
		h, err := f.at(at, 8)
		if err != nil || at+8 > end {
			return nil, ErrMalformed
		}
		n := int64(binary.LittleEndian.Uint32(h[4:]))
		whole := 8 + n + n&1
		name := string(h[:4])
		if at+8+n > end {
			return nil, ErrMalformed
		}
		whole = min(whole, end-at)
		switch {
		case name == "VP8X":
			b, err := f.at(at, whole)
			if err != nil || n < 10 {
				return nil, ErrMalformed
			}
			flagsAt = len(p.pieces)
			p.put(b)
		case webpShown[name]:
			p.keep(at, whole)
		default:
			if name == "EXIF" {
				b, err := f.at(at+8, min(n, maxExif))
				if err != nil {
					return nil, err
				}
				if len(b) >= len(exifPrefix) && string(b[:len(exifPrefix)]) == exifPrefix {
					b = b[len(exifPrefix):]
				}
				turn = orientation(b)
			}
		}
		at += whole
	}
	if flagsAt >= 0 {
		flags := &p.pieces[flagsAt].literal[8]
		*flags &^= webpXMP | webpExif
		if turn > 1 {
			*flags |= webpExif
			exif := turned(turn)
			chunk := binary.LittleEndian.AppendUint32([]byte("EXIF"), uint32(len(exif)))
			p.put(append(chunk, exif...)) // of even length
		}
	}
	binary.LittleEndian.PutUint32(head[4:], uint32(p.size-8))
	return p.end()
}
