//go:build js && wasm

package main

import (
	"errors"
	"syscall/js"

	"github.com/coffer-chat/coffer/client"
	sealed "github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
)

// All that knows how values cross between Go and JavaScript is in this file.

var uint8Array = js.Global().Get("Uint8Array")

// promising makes a function of JavaScript's that runs f in a goroutine and
// returns a promise of its result.
func promising(f func(args []js.Value) (any, error)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		var executor js.Func
		executor = js.FuncOf(func(_ js.Value, settle []js.Value) any {
			go func() {
				defer executor.Release()
				result, err := f(args)
				if err != nil {
					settle[1].Invoke(rejection(err))
					return
				}
				settle[0].Invoke(result)
			}()
			return nil
		})
		return js.Global().Get("Promise").New(executor)
	})
}

// rejection is an error as JavaScript gets it.
func rejection(err error) js.Value {
	o := js.Global().Get("Object").New()
	o.Set("kind", string(fault.KindOf(err)))
	o.Set("message", err.Error())
	if errors.Is(err, client.ErrPasswordWanted) {
		o.Set("wanted", "password")
	}
	if errors.Is(err, client.ErrMetadata) || errors.Is(err, client.ErrDamagedMetadata) {
		o.Set("wanted", "metadata")
	}
	if errors.Is(err, sealed.ErrTooLarge) {
		o.Set("wanted", "smaller")
	}
	var e *fault.Error
	if errors.As(err, &e) {
		o.Set("message", e.Message)
		o.Set("promise", string(e.Promise))
		o.Set("form", e.Form)
		values := js.Global().Get("Array").New()
		for _, v := range e.Values {
			values.Call("push", v)
		}
		o.Set("values", values)
		if e.GuessesLeft != nil {
			o.Set("guessesLeft", *e.GuessesLeft)
		}
		choices := js.Global().Get("Array").New()
		for _, c := range e.Choices {
			choices.Call("push", c)
		}
		o.Set("choices", choices)
	}
	return o
}

// params are the named arguments of a call.
type params struct{ js.Value }

func (p params) text(name string) string {
	if v := p.Get(name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// secret is a text that the caller erases.
func (p params) secret(name string) []byte {
	if s := p.text(name); s != "" {
		return []byte(s)
	}
	return nil
}

// bytes are the bytes of a Uint8Array; the caller erases a secret.
func (p params) bytes(name string) []byte {
	if v := p.Get(name); v.Type() == js.TypeObject && v.InstanceOf(uint8Array) {
		return toGo(v)
	}
	return nil
}

func (p params) number(name string) int {
	if v := p.Get(name); v.Type() == js.TypeNumber {
		return v.Int()
	}
	return 0
}

func (p params) flag(name string) bool {
	v := p.Get(name)
	return v.Type() == js.TypeBoolean && v.Bool()
}

func (p params) texts(name string) []string {
	var out []string
	for _, v := range p.list(name) {
		if v.Type() == js.TypeString {
			out = append(out, v.String())
		}
	}
	return out
}

func (p params) list(name string) []js.Value {
	v := p.Get(name)
	if v.Type() != js.TypeObject || !v.InstanceOf(js.Global().Get("Array")) {
		return nil
	}
	out := make([]js.Value, v.Length())
	for i := range out {
		out[i] = v.Index(i)
	}
	return out
}

func toJS(b []byte) js.Value {
	a := uint8Array.New(len(b))
	js.CopyBytesToJS(a, b)
	return a
}

func toGo(a js.Value) []byte {
	b := make([]byte, a.Get("byteLength").Int())
	js.CopyBytesToGo(b, a)
	return b
}

// await waits for a promise, in a goroutine of its own.
func await(promise js.Value) (js.Value, error) {
	type outcome struct {
		value  js.Value
		failed bool
	}
	settled := make(chan outcome, 1)
	handler := func(failed bool) js.Func {
		return js.FuncOf(func(_ js.Value, args []js.Value) any {
			settled <- outcome{args[0], failed}
			return nil
		})
	}
	resolve, reject := handler(false), handler(true)
	defer resolve.Release()
	defer reject.Release()
	promise.Call("then", resolve, reject)
	if o := <-settled; !o.failed {
		return o.value, nil
	}
	return js.Value{}, errors.New("the browser refused")
}
