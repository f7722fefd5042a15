package metadata

import "encoding/binary"

// maxBoxDepth is how deep boxes are looked into: moov, trak, and what is in it.
const maxBoxDepth = 3

// maxHeaderBox bounds a box of metadata that is overwritten.
const maxHeaderBox = 4 << 20

// cleanMovie overwrites the boxes that describe an MP4 or QuickTime film (ISO/IEC
// 14496-12): udta and meta, in the film and its tracks. They become free space of
// the same size, because the film's own data is found by its place in the file.
func cleanMovie(f *source) (*Plan, error) {
	p := &Plan{}
	if err := p.boxes(f, 0, f.size, 0); err != nil {
		return nil, err
	}
	return p.end()
}

func (p *Plan) boxes(f *source, at, end int64, depth int) error {
	for at < end {
		if end-at < 8 { // padding
			p.keep(at, end-at)
			return nil
		}
		h, err := f.at(at, 8)
		if err != nil {
			return ErrMalformed
		}
		n, header := int64(binary.BigEndian.Uint32(h)), int64(8)
		switch n {
		case 0:
			n = end - at
		case 1:
			long, err := f.at(at+8, 8)
			if err != nil || binary.BigEndian.Uint64(long) > uint64(f.size) {
				return ErrMalformed
			}
			n, header = int64(binary.BigEndian.Uint64(long)), 16
		}
		if n < header || n > end-at || len(p.pieces) > maxPieces {
			return ErrMalformed
		}
		switch name := string(h[4:]); {
		case name == "udta" || name == "meta" || name == "uuid":
			if n > maxHeaderBox {
				return ErrMalformed
			}
			p.keep(at, 4)
			p.put([]byte("free"))
			p.keep(at+8, header-8)
			p.put(make([]byte, n-header))
		case (name == "moov" || name == "trak") && depth < maxBoxDepth:
			p.keep(at, header)
			if err := p.boxes(f, at+header, at+n, depth+1); err != nil {
				return err
			}
		default:
			p.keep(at, n)
		}
		at += n
	}
	return nil
}
