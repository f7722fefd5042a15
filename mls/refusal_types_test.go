package mls

import (
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// TestUnknownTypesRefused: a value that the RFC does not define decides how what
// follows is read, so that nothing after it can be.
func TestUnknownTypesRefused(t *testing.T) {
	rest := make([]byte, 64)
	for _, c := range []struct {
		name string
		bad  []byte // values in the first byte
		good byte
		read func(*syntax.Reader)
	}{
		{"sender type", []byte{0, 5, 255}, byte(SenderMember), func(r *syntax.Reader) { readSender(r) }},
		{"content type", []byte{0, 4, 255}, byte(ContentApplication), func(r *syntax.Reader) {
			c := FramedContent{ContentType: ContentType(r.Uint8())}
			c.readBody(r)
		}},
		{"ProposalOrRef type", []byte{0, 3, 255}, proposalByRef, func(r *syntax.Reader) { readProposalOrRef(r) }},
		{"PSK type", []byte{0, 3, 255}, byte(PSKExternal), func(r *syntax.Reader) { readPSKID(r) }},
		{"resumption usage", []byte{0, 4, 255}, byte(ResumptionBranch), func(r *syntax.Reader) {
			b := append([]byte{byte(PSKResumption)}, r.Rest()...)
			inner := syntax.NewReader(b)
			readPSKID(inner)
			r.Fail(inner.Err())
		}},
		{"presence of a node", []byte{2, 255}, 0, func(r *syntax.Reader) { readTreeNode(r, 0) }},
		{"node type", []byte{0, 2, 3, 255}, 0, func(r *syntax.Reader) {
			kind := r.Uint8()
			if kind == 0 {
				kind = 9
			}
			inner := syntax.NewReader([]byte{1, kind})
			readTreeNode(inner, 0)
			r.Fail(inner.Err())
		}},
		{"leaf node source", []byte{0, 4, 255}, byte(LeafFromUpdate), func(r *syntax.Reader) {
			b := []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, r.Uint8(), 0, 0}
			inner := syntax.NewReader(b)
			new(LeafNode).read(inner)
			r.Fail(inner.Done())
		}},
	} {
		for _, v := range c.bad {
			r := syntax.NewReader(append([]byte{v}, rest...))
			c.read(r)
			if err := malformed("object", r.Err()); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s %d: %v", c.name, v, err)
			}
		}
		if c.name == "node type" {
			continue // right ones are in every tree
		}
		r := syntax.NewReader(append([]byte{c.good}, rest...))
		if c.read(r); r.Err() != nil {
			t.Errorf("%s %d: %v", c.name, c.good, r.Err())
		}
	}
}
