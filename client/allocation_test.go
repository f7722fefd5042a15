package client

import (
	"testing"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: what a hostile server returns, or the store holds, takes
// memory by its size only.
func TestAllocations(t *testing.T) {
	good := samples(t)
	stored := func(name string) syntaxtest.Decoder {
		return syntaxtest.Decoder{Decode: func(b []byte) { _ = decoders[name](b) }, Good: [][]byte{good[name]}}
	}
	one := func(decode func([]byte), good ...[]byte) syntaxtest.Decoder {
		return syntaxtest.Decoder{Decode: decode, Good: good}
	}
	row := (&thread{id: [32]byte{1}, title: "x", kind: 1, participants: []string{"a"}}).append(nil)
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzConvState":   stored("conversation"),
		"FuzzPage":        stored("page"),
		"FuzzMarks":       stored("marks"),
		"FuzzQueued":      stored("queued"),
		"FuzzEpochRow":    stored("epoch"),
		"FuzzPosition":    stored("position"),
		"FuzzSetting":     stored("setting"),
		"FuzzParseStage":  one(func(b []byte) { _, _ = parseStage(b) }, (&stage{blob: blob.ID{1}, total: 304}).append(nil)),
		"FuzzParseCopied": one(func(b []byte) { _, _ = parseCopied(b) }, (&copied{blob: blob.ID{1}, size: 304, have: 304}).append(nil)),
		"FuzzParseThread": one(func(b []byte) { _, _ = parseThread(b) }, row),
	})
}
