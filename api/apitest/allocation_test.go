package apitest

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/coffer-chat/coffer/api/apitest/testpb"
	"github.com/coffer-chat/coffer/api/apitest/testwire"
	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/api/wire/codec"
	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: an answer takes memory by its size, and by the elements that
// the definition of its message allows.
func TestAllocations(t *testing.T) {
	every, err := proto.Marshal(&testpb.Everything{Texts: []string{"a", "b"}, Points: []*testpb.Point{{Label: "x"}}})
	if err != nil {
		t.Fatal(err)
	}
	one := func(decode func([]byte), good []byte) syntaxtest.Decoder {
		return syntaxtest.Decoder{Decode: decode, Good: [][]byte{good}, Base: 1 << 20}
	}
	// list has very many elements of nothing in one field.
	list := func(num int) (b []byte) {
		for range 1 << 15 {
			b = codec.AppendBytes(b, num, []byte(nil))
		}
		return b
	}
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzEverything":   one(func(b []byte) { _, _ = testwire.ParseEverything(b) }, every),
		"FuzzReader/log":   one(func(b []byte) { _, _ = wire.ParseReadLogResponse(b) }, list(1)),
		"FuzzReader/chain": one(func(b []byte) { _, _ = wire.ParseGetChainResponse(b) }, list(1)),
		"FuzzReader/sealed roots": {Decode: func(b []byte) { _, _ = wire.ParseGetSealedRootsResponse(b) }, Good: [][]byte{list(1)},
			Base: 16 << 20}, // 65,536 of them may come
		"FuzzReader/conversations": one(func(b []byte) { _, _ = wire.ParseListConversationsResponse(b) }, list(1)),
		"FuzzReader/epochs":        one(func(b []byte) { _, _ = wire.ParseReadEpochsResponse(b) }, list(1)),
		"FuzzReader/deposits":      one(func(b []byte) { _, _ = wire.ParseReadDepositsResponse(b) }, list(1)),
		"FuzzReader/private log":   one(func(b []byte) { _, _ = wire.ParseReadPrivateLogResponse(b) }, list(1)),
	})
}
