package search

import (
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: a damaged index takes memory by its size. To use one at all
// takes some: opening it, questions, and a compaction.
func TestAllocations(t *testing.T) {
	entries := smallSegment(t)
	small := entries[0]
	large := largeSegment(t)[0].Value
	ref := footer{dict: []blockRef{{first: []byte("a"), len: 9}}, rows: []blockRef{{time: 7, len: 3}}}
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzSegment": {Decode: func(b []byte) { useDamaged(t, []store.Entry{{Key: small.Key, Value: b}}) },
			Good: [][]byte{small.Value}, Factor: 32, Base: 8 << 20},
		"FuzzParseEntry":  {Decode: func(b []byte) { _, _ = parseEntry(1, b) }, Good: [][]byte{small.Value, large}},
		"FuzzParseFooter": {Decode: func(b []byte) { _, _ = parseFooter(b, 200, maxFile) }, Good: [][]byte{appendFooter(nil, ref)}},
		"FuzzParseRows":   {Decode: func(b []byte) { _, _ = parseRows(nil, b, rowsPerBlock-1) }, Good: [][]byte{appendRows(nil, []row{{5, 1, 1, 0}})}},
		"FuzzParseQuery":  {Decode: func(b []byte) { _, _ = parseQuery(string(b)) }, Good: [][]byte{[]byte(`"meet me" at`)}},
		"FuzzTerms": {Decode: func(b []byte) {
			var s scanner
			s.terms(string(b), func([]byte, uint32) {})
		}, Good: [][]byte{[]byte("Hello, World! 你好吗 a")}},
	})
}
