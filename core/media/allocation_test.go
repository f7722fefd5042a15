package media

import (
	"bytes"
	"io"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: a file is read segment by segment, whatever size its reference
// promises; the constant is the buffers'.
func TestAllocations(t *testing.T) {
	key := testKey(t, 1)
	blob, ref := encrypt(t, key, []byte("a small file"))
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzDecrypt": {Decode: func(b []byte) { _ = Decrypt(io.Discard, bytes.NewReader(b), ref) }, Good: [][]byte{blob}, Base: 1 << 20},
		"FuzzDecrypt/size": {Decode: func(b []byte) {
			r := ref
			r.Size = MaxSize
			_ = Decrypt(io.Discard, bytes.NewReader(b), r)
		}, Good: [][]byte{blob}, Base: 1 << 20},
	})
}
