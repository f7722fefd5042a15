package voprf

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{"FuzzDecode": {Decode: func(b []byte) {
		_, _ = DecodeElement(b)
		_, _ = DecodeScalar(b)
		_, _ = DecodeProof(b)
	}, Good: [][]byte{PublicKey(small(5)).Bytes(), make([]byte, 64)}}})
}
