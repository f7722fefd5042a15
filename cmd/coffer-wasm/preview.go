//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/coffer-chat/coffer/client"
)

// preview has the browser draw the small picture of a file that the person has
// chosen (web/src/engine/preview.ts). A picture that it cannot read has none.
func preview(mediaType string, file client.FileReader, limit int) []byte {
	f, ok := file.(blob)
	draw := js.Global().Get("cofferPreview")
	if !ok || draw.Type() != js.TypeFunction {
		return nil
	}
	small, err := await(draw.Invoke(f.Value, mediaType, limit))
	if err != nil || small.Type() != js.TypeObject {
		return nil
	}
	return toGo(small)
}
