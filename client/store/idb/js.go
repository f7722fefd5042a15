//go:build js && wasm

package idb

import "syscall/js"

var uint8Array = js.Global().Get("Uint8Array")

// toJS returns a byte array of JavaScript's with b in it.
func toJS(b []byte) js.Value {
	a := uint8Array.New(len(b))
	js.CopyBytesToJS(a, b)
	return a
}

// toGo copies what IndexedDB returned: a byte array, or the buffer that its
// keys are.
func toGo(v js.Value) []byte {
	if !v.InstanceOf(uint8Array) {
		v = uint8Array.New(v)
	}
	b := make([]byte, v.Get("byteLength").Int())
	js.CopyBytesToGo(b, v)
	return b
}

// handlers owns the callbacks of one operation.
type handlers []js.Func

// on makes f the handler of an event, such as "onsuccess". f runs while
// JavaScript waits and must not block.
func (h *handlers) on(target js.Value, event string, f func()) {
	fn := js.FuncOf(func(js.Value, []js.Value) any {
		f()
		return nil
	})
	*h = append(*h, fn)
	target.Set(event, fn)
}

// release frees the callbacks, when no event can come any more.
func (h *handlers) release() {
	for _, f := range *h {
		f.Release()
	}
	*h = nil
}

// try calls f and returns what JavaScript threw.
func try(f func()) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			e, ok := thrown.(js.Error)
			if !ok {
				panic(thrown)
			}
			err = failure(e.Value)
		}
	}()
	f()
	return nil
}
