package content

import "github.com/coffer-chat/coffer/core/content/internal/dcbor"

// Disposition is the intended use of a part.
type Disposition uint8

// The registry "MIMI Content Disposition". Other values are allowed and treated
// as DispositionRender.
const (
	DispositionUnspecified Disposition = 0
	DispositionRender      Disposition = 1
	DispositionReaction    Disposition = 2
	DispositionProfile     Disposition = 3
	DispositionInline      Disposition = 4
	DispositionIcon        Disposition = 5
	DispositionAttachment  Disposition = 6
	DispositionSession     Disposition = 7
	DispositionPreview     Disposition = 8
)

// Semantics is how the parts of a MultiPart belong together.
type Semantics uint8

// The semantics of draft-ietf-mimi-content, "Message Bodies".
const (
	// ChooseOne: the receiver picks one part.
	ChooseOne Semantics = 0
	// SingleUnit: all parts are one thing; not understanding one is not
	// understanding any.
	SingleUnit Semantics = 1
	// ProcessAll: the receiver processes as many parts as it can.
	ProcessAll Semantics = 2
)

// Part is a NestedPart: a body with its disposition and languages.
type Part struct {
	Disposition Disposition
	// Language is empty or a comma-separated list of language tags.
	Language string
	Body     Body
}

// Body is one of NullPart, *SinglePart, *ExternalPart and *MultiPart.
type Body interface {
	append(b []byte) []byte
	// fields is the number of array elements the body adds to its part.
	fields() int
}

// Cardinalities of parts.
const (
	cardNull     = 0
	cardSingle   = 1
	cardExternal = 2
	cardMulti    = 3
)

// NullPart is the absence of content: the target is unsent.
type NullPart struct{}

// SinglePart is content inside the message.
type SinglePart struct {
	MediaType string
	Content   []byte
}

// ExternalPart is content somewhere else.
type ExternalPart struct {
	MediaType string
	URL       string
	// Expires is in seconds since 1970, 0 for never.
	Expires uint32
	// Size is in bytes, 0 for unknown.
	Size uint64
	// EncAlg is an IANA AEAD algorithm number, or 0 for no encryption.
	EncAlg          uint16
	Key, Nonce, AAD []byte
	// HashAlg is an IANA named information hash algorithm, or 0 for none.
	HashAlg     uint8
	ContentHash []byte
	Description string
	FileName    string
}

// MultiPart is two or more parts.
type MultiPart struct {
	Semantics Semantics
	Parts     []Part
}

func (p *Part) append(b []byte) []byte {
	b = dcbor.AppendArray(b, 2+p.Body.fields())
	b = dcbor.AppendUint(b, uint64(p.Disposition))
	b = dcbor.AppendText(b, p.Language)
	return p.Body.append(b)
}

func (NullPart) fields() int      { return 1 }
func (*SinglePart) fields() int   { return 3 }
func (*ExternalPart) fields() int { return 13 }
func (*MultiPart) fields() int    { return 3 }

func (NullPart) append(b []byte) []byte { return dcbor.AppendUint(b, cardNull) }

func (p *SinglePart) append(b []byte) []byte {
	b = dcbor.AppendUint(b, cardSingle)
	b = dcbor.AppendText(b, p.MediaType)
	return dcbor.AppendBytes(b, p.Content)
}

func (p *ExternalPart) append(b []byte) []byte {
	b = dcbor.AppendUint(b, cardExternal)
	b = dcbor.AppendText(b, p.MediaType)
	b = dcbor.AppendText(b, p.URL)
	b = dcbor.AppendUint(b, uint64(p.Expires))
	b = dcbor.AppendUint(b, p.Size)
	b = dcbor.AppendUint(b, uint64(p.EncAlg))
	b = dcbor.AppendBytes(b, p.Key)
	b = dcbor.AppendBytes(b, p.Nonce)
	b = dcbor.AppendBytes(b, p.AAD)
	b = dcbor.AppendUint(b, uint64(p.HashAlg))
	b = dcbor.AppendBytes(b, p.ContentHash)
	b = dcbor.AppendText(b, p.Description)
	return dcbor.AppendText(b, p.FileName)
}

func (p *MultiPart) append(b []byte) []byte {
	b = dcbor.AppendUint(b, cardMulti)
	b = dcbor.AppendUint(b, uint64(p.Semantics))
	b = dcbor.AppendArray(b, len(p.Parts))
	for i := range p.Parts {
		b = p.Parts[i].append(b)
	}
	return b
}

// Walk calls f for the part and all parts in it, depth first, with the part
// index that content ids (cid:INDEX@local.invalid) use, from 0.
func (p *Part) Walk(f func(index int, p *Part)) {
	index := 0
	p.walk(&index, f)
}

func (p *Part) walk(index *int, f func(int, *Part)) {
	f(*index, p)
	*index++
	if m, ok := p.Body.(*MultiPart); ok {
		for i := range m.Parts {
			m.Parts[i].walk(index, f)
		}
	}
}
