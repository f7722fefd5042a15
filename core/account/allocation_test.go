package account

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: what comes from a hostile server or account takes memory by its
// size only.
func TestAllocations(t *testing.T) {
	all := decoders(t, newWorld(t))
	one := func(name string) syntaxtest.Decoder {
		d := all[name]
		return syntaxtest.Decoder{Decode: func(b []byte) { _, _ = d.decode(b) }, Good: [][]byte{d.good}}
	}
	text := func(good string, decode func(string)) syntaxtest.Decoder {
		return syntaxtest.Decoder{Decode: func(b []byte) { decode(string(b)) }, Good: [][]byte{[]byte(good)}}
	}
	id := ID{1}
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzParseEntry":              one("entry"),
		"FuzzParseEntryContent":       one("entry content"),
		"FuzzParseSealedRoots":        one("sealed roots"),
		"FuzzParseSignIn":             one("sign-in"),
		"FuzzParseCloudRecord":        one("cloud record"),
		"FuzzParseLeafIdentity":       one("leaf identity"),
		"FuzzParseHeadTable":          one("head table"),
		"FuzzParsePasswordParameters": one("password parameters"),
		"FuzzParseKeyholderSecret":    one("keyholder secret"),
		"FuzzParseContact":            text(Contact{"chat.example", "alice", id}.String(), func(s string) { _, _ = ParseContact(s) }),
		"FuzzParseID":                 text(id.String(), func(s string) { _, _ = ParseID(s) }),
		"FuzzParseReceipt":            {Decode: func(b []byte) { _, _ = ParseReceipt(b) }, Good: [][]byte{closingReceipt().Marshal()}},
		"FuzzParseReset":              {Decode: func(b []byte) { _, _ = ParseReset(b) }, Good: [][]byte{reset(nil).Marshal()}},
		"FuzzParseCloudFile":          {Decode: func(b []byte) { _, _, _ = ParseCloudFile(b, id) }, Good: [][]byte{testCloudHalf().CloudFile(id, KeyholderID{1})}},
	})
}
