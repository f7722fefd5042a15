//go:build js

package normal

import "syscall/js"

// normalize is JavaScript's String.prototype.normalize. Its strings are of UTF-16:
// what is no UTF-8 becomes U+FFFD on the way.
var normalize = js.Global().Get("String").Get("prototype").Get("normalize")

func nfkc(text string) string { return normalize.Call("call", text, "NFKC").String() }

func nfd(r rune) string { return normalize.Call("call", string(r), "NFD").String() }
