package client

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: what a hostile server returns, another device of the account
// wrote, or the store holds, takes memory by its size only.
func TestAllocations(t *testing.T) {
	good := samples(t)
	stored := func(name string) syntaxtest.Decoder {
		return syntaxtest.Decoder{Decode: func(b []byte) { _ = decoders[name](b) }, Good: [][]byte{good[name]}}
	}
	one := func(decode func([]byte), good ...[]byte) syntaxtest.Decoder {
		return syntaxtest.Decoder{Decode: decode, Good: good}
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	row := (&thread{id: [32]byte{1}, title: "x", kind: 1, participants: []string{"a"}}).append(nil)
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzConvState":           stored("conversation"),
		"FuzzPage":                stored("page"),
		"FuzzMarks":               stored("marks"),
		"FuzzQueued":              stored("queued"),
		"FuzzEpochRow":            stored("epoch"),
		"FuzzPosition":            stored("position"),
		"FuzzHiding":              stored("hiding"),
		"FuzzClearing":            stored("clearing"),
		"FuzzPreference":          stored("preference"),
		"FuzzSetting":             stored("setting"),
		"FuzzContactPin":          stored("contact pin"),
		"FuzzReadMark":            stored("read mark"),
		"FuzzPasskey":             stored("passkey note"),
		"FuzzWayTest":             stored("way test"),
		"FuzzCloudPlace":          stored("cloud place"),
		"FuzzParseBlobURL":        one(func(b []byte) { _, _, _ = parseBlobURL(string(b)) }, []byte(blobID{1}.url("chat.example:8420"))),
		"FuzzParseStage":          one(func(b []byte) { _, _ = parseStage(b) }, (&stage{blob: blobID{1}, total: 304}).append(nil)),
		"FuzzParseCopied":         one(func(b []byte) { _, _ = parseCopied(b) }, (&copied{blob: blobID{1}, size: 304, have: 304}).append(nil)),
		"FuzzParseCheckpointList": one(func(b []byte) { _, _ = parseCheckpointList(b) }, exampleCheckpoints().bytes()),
		"FuzzParseImport":         one(func(b []byte) { _, _, _ = parseImport(b) }, exampleImport().bytes()),
		"FuzzParseThread":         one(func(b []byte) { _, _ = parseThread(b) }, row),
		// Pictures are decoded by the standard library, up to maxPreviewPixels: the
		// constant is theirs.
		"FuzzPreview": {Decode: func(b []byte) { preview("image/png", func() io.Reader { return bytes.NewReader(b) }, 2000) },
			Good: [][]byte{picture.Bytes()}, Base: 64 << 20},
	})
}
