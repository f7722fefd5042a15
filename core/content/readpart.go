package content

import (
	"errors"
	"fmt"
	"math"
	"unicode"

	"github.com/coffer-chat/coffer/core/content/internal/dcbor"
)

var errShape = errors.New("array of another length expected")

// partReader reads nested parts and counts them.
type partReader struct {
	*dcbor.Reader
	parts int
}

func (r *partReader) limit(ok bool, what string) {
	if !ok {
		r.Fail(fmt.Errorf("%w: %s", ErrLimit, what))
	}
}

func (r *partReader) part(depth int) Part {
	r.parts++
	r.limit(depth <= MaxPartDepth, "part depth")
	r.limit(r.parts <= MaxParts, "parts")
	n := r.Array()
	var p Part
	p.Disposition = Disposition(r.Uint(math.MaxUint8))
	p.Language = r.name(MaxName)
	p.Body = r.body(depth)
	if r.Err() == nil && n != 2+p.Body.fields() {
		r.Fail(errShape)
	}
	return p
}

func (r *partReader) body(depth int) Body {
	switch r.Uint(cardMulti) {
	case cardSingle:
		return &SinglePart{MediaType: r.name(MaxName), Content: r.Bytes()}
	case cardExternal:
		return r.external()
	case cardMulti:
		return r.multi(depth)
	}
	return NullPart{}
}

func (r *partReader) external() *ExternalPart {
	p := &ExternalPart{
		MediaType: r.name(MaxName),
		URL:       r.name(MaxURI),
		Expires:   uint32(r.Uint(math.MaxUint32)),
		Size:      r.Uint(math.MaxUint64),
		EncAlg:    uint16(r.Uint(math.MaxUint16)),
		Key:       r.Bytes(),
		Nonce:     r.Bytes(),
		AAD:       r.Bytes(),
		HashAlg:   uint8(r.Uint(math.MaxUint8)),
	}
	p.ContentHash = r.Bytes()
	p.Description = r.Text()
	p.FileName = r.Text()
	r.limit(len(p.Description) <= MaxDescription, "description")
	r.limit(len(p.FileName) <= MaxName, "file name")
	return p
}

func (r *partReader) multi(depth int) *MultiPart {
	p := &MultiPart{Semantics: Semantics(r.Uint(uint64(ProcessAll)))}
	n := r.Array()
	if r.Err() == nil && n < 2 {
		r.Fail(errShape)
	}
	r.limit(n <= MaxParts-r.parts, "parts")
	if r.Err() != nil {
		return p
	}
	p.Parts = make([]Part, 0, n)
	for range n {
		p.Parts = append(p.Parts, r.part(depth+1))
		if r.Err() != nil {
			break
		}
	}
	return p
}

// name reads a text that machines read: no control characters.
func (r *partReader) name(most int) string {
	s := r.Text()
	r.limit(len(s) <= most, "name")
	for _, c := range s {
		if unicode.IsControl(c) {
			r.Fail(errors.New("control character"))
			return ""
		}
	}
	return s
}
