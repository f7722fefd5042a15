package payload

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: what another device of the account wrote takes memory by
// its size only.
func TestAllocations(t *testing.T) {
	one := func(decode func([]byte), good ...[]byte) syntaxtest.Decoder {
		return syntaxtest.Decoder{Decode: decode, Good: good}
	}
	stored := func(name string) syntaxtest.Decoder {
		return one(func(b []byte) { _ = decoders[name](b) }, samples[name])
	}
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzHiding":              stored("hiding"),
		"FuzzClearing":            stored("clearing"),
		"FuzzPreference":          stored("preference"),
		"FuzzContactPin":          stored("contact pin"),
		"FuzzReadMark":            stored("read mark"),
		"FuzzPasskey":             stored("passkey note"),
		"FuzzWayTest":             stored("way test"),
		"FuzzCloudPlace":          stored("cloud place"),
		"FuzzParseCheckpointList": one(func(b []byte) { _, _ = ParseCheckpointList(b) }, exampleCheckpoints().Bytes()),
		"FuzzParseImport":         one(func(b []byte) { _, _, _ = ParseImport(b) }, exampleImport().Bytes()),
	})
}
