//go:build js && wasm

package main

import (
	"syscall/js"
)

// main offers the engine to the page's worker as the global "coffer" and then
// lives as long as the worker does.
func main() {
	d := &device{}
	coffer := js.Global().Get("Object").New()
	coffer.Set("open", promising(d.open))
	coffer.Set("call", promising(d.call))
	coffer.Set("close", promising(d.close))
	js.Global().Set("coffer", coffer)
	if ready := js.Global().Get("cofferReady"); ready.Type() == js.TypeFunction {
		ready.Invoke()
	}
	select {}
}
