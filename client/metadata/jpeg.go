package metadata

import (
	"bytes"
	"encoding/binary"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerTEM   = 0x01
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP2  = 0xe2
	markerAPP14 = 0xee
	markerAPP15 = 0xef
	markerCOM   = 0xfe
)

// scanBuffer is how much of a picture's data is searched at a time.
const scanBuffer = 64 << 10

// cleanJPEG keeps what is needed to decode and colour the picture: of the
// application segments only JFIF's, Adobe's and the ICC profile. What follows the
// end, such as a second picture, goes.
func cleanJPEG(f *source) (*Plan, error) {
	p := &Plan{}
	p.keep(0, 2)
	turn := 1
	at := int64(2)
	for {
		b, err := f.at(at, 2)
		if err != nil || b[0] != 0xff {
			return nil, ErrMalformed
		}
		m := b[1]
		switch {
		case m == 0xff: // fill bytes
			at++
			continue
		case m == markerEOI:
			p.keep(at, 2)
			return p.withExif(turn)
		case m == markerSOI || m == 0:
			return nil, ErrMalformed
		case m == markerTEM || m >= markerRST0 && m <= markerRST7:
			p.keep(at, 2)
			at += 2
			continue
		}
		if b, err = f.at(at+2, 2); err != nil {
			return nil, ErrMalformed
		}
		n := 2 + int64(binary.BigEndian.Uint16(b))
		body, err := f.at(at+4, min(n-4, maxExif))
		if n < 4 || err != nil {
			return nil, ErrMalformed
		}
		if m == markerAPP1 && bytes.HasPrefix(body, []byte(exifPrefix)) {
			turn = orientation(body[len(exifPrefix):])
		}
		if keepJPEG(m, body) {
			p.keep(at, n)
		}
		at += n
		if m != markerSOS {
			continue
		}
		end, err := f.scan(at)
		if err != nil {
			return nil, err
		}
		p.keep(at, end-at)
		if at = end; at >= f.size { // cut short: decoders show what there is
			return p.withExif(turn)
		}
	}
}

func keepJPEG(marker byte, body []byte) bool {
	switch {
	case marker == markerAPP0:
		return bytes.HasPrefix(body, []byte("JFIF\x00"))
	case marker == markerAPP2:
		return bytes.HasPrefix(body, []byte("ICC_PROFILE\x00"))
	case marker == markerAPP14:
		return bytes.HasPrefix(body, []byte("Adobe"))
	case marker > markerAPP0 && marker <= markerAPP15, marker == markerCOM:
		return false
	}
	return true
}

// withExif puts back how the picture is to be turned, as its first segment.
func (p *Plan) withExif(turn int) (*Plan, error) {
	if turn > 1 {
		exif := append([]byte(exifPrefix), turned(turn)...)
		seg := binary.BigEndian.AppendUint16([]byte{0xff, markerAPP1}, uint16(len(exif)+2))
		p.insert(2, append(seg, exif...))
	}
	return p.end()
}

// scan returns where the entropy-coded data that begins at off ends: at a marker
// that is no restart, or at the end of the file.
func (s *source) scan(off int64) (int64, error) {
	for off < s.size {
		b, err := s.at(off, min(scanBuffer, s.size-off))
		if err != nil {
			return 0, err
		}
		for i := 0; i < len(b); {
			j := bytes.IndexByte(b[i:], 0xff)
			if j < 0 {
				break
			}
			i += j
			if i+1 == len(b) {
				break
			}
			if m := b[i+1]; m != 0 && m != 0xff && (m < markerRST0 || m > markerRST7) {
				return off + int64(i), nil
			}
			i++
		}
		if off+int64(len(b)) >= s.size {
			return s.size, nil
		}
		if b[len(b)-1] == 0xff { // the marker's second byte is in the next part
			off += int64(len(b)) - 1
		} else {
			off += int64(len(b))
		}
	}
	return s.size, nil
}
