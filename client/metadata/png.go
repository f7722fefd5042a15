package metadata

import (
	"encoding/binary"
	"hash/crc32"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// pngShown are the ancillary chunks that change how a picture looks; critical ones,
// whose name begins with a capital letter, are kept too. All others go: texts,
// times, Exif, and what only one program understands.
var pngShown = map[string]bool{
	"tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true, "iCCP": true, "sBIT": true, "bKGD": true, "hIST": true,
	"pHYs": true, "sPLT": true, "cICP": true, "mDCV": true, "cLLI": true, "mDCv": true, "cLLi": true,
	"acTL": true, "fcTL": true, "fdAT": true,
}

func cleanPNG(f *source) (*Plan, error) {
	p := &Plan{}
	p.keep(0, int64(len(pngMagic)))
	turn, behindHeader := 1, 0
	for at := int64(len(pngMagic)); ; {
		head, err := f.at(at, 8)
		if err != nil {
			return nil, ErrMalformed
		}
		n := 12 + int64(binary.BigEndian.Uint32(head))
		name := string(head[4:])
		if n > f.size-at {
			return nil, ErrMalformed
		}
		switch {
		case name[0] >= 'A' && name[0] <= 'Z', pngShown[name]:
			p.keep(at, n)
		case name == "eXIf":
			body, err := f.at(at+8, min(n-12, maxExif))
			if err != nil {
				return nil, err
			}
			turn = orientation(body)
		}
		if name == "IHDR" {
			behindHeader = int(at + n)
		}
		if at += n; name == "IEND" {
			break
		}
	}
	if turn > 1 && behindHeader > 0 {
		p.insert(int64(behindHeader), pngChunk("eXIf", turned(turn)))
	}
	return p.end()
}

// insert puts bytes of our own behind the first n bytes of the file, which the
// plan keeps.
func (p *Plan) insert(n int64, b []byte) {
	first := p.pieces[0]
	out := []piece{{off: 0, n: n}, {literal: b}}
	if first.n > n {
		out = append(out, piece{off: n, n: first.n - n})
	}
	p.pieces = append(out, p.pieces[1:]...)
	p.size += int64(len(b))
}

func pngChunk(name string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, name...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}
