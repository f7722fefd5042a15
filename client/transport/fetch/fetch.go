//go:build js && wasm

package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall/js"

	"github.com/coffer-chat/coffer/client/transport"
)

var (
	global     = js.Global()
	uint8Array = global.Get("Uint8Array")
)

// fetch makes one request. ctx ends it, and the reading of its answer.
func fetch(ctx context.Context, address, method string, header [][2]string, body []byte) (*answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, unreachable(ctx, err)
	}
	abort := global.Get("AbortController").New()
	headers := global.Get("Headers").New()
	options := global.Get("Object").New()
	for name, value := range map[string]any{
		"method": method, "headers": headers, "signal": abort.Get("signal"),
		"cache": "no-store", "credentials": "omit", "redirect": "manual", "referrerPolicy": "no-referrer",
	} {
		options.Set(name, value)
	}
	if body != nil {
		b := uint8Array.New(len(body))
		js.CopyBytesToJS(b, body)
		options.Set("body", b)
	}
	var promise js.Value
	if err := try(func() {
		for _, h := range header {
			headers.Call("append", h[0], h[1])
		}
		promise = global.Call("fetch", address, options)
	}); err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	response, err := await(ctx, promise)
	if err != nil {
		abort.Call("abort")
		return nil, err
	}
	a := &answer{ctx: ctx, response: response, abort: abort, status: response.Get("status").Int()}
	if response.Get("type").String() == "opaqueredirect" {
		abort.Call("abort")
		return nil, fmt.Errorf("%w: a redirect", transport.ErrProtocol)
	}
	if stream := response.Get("body"); stream.Truthy() {
		a.reader = stream.Call("getReader")
	}
	return a, nil
}

// answer is what a server says; it reads as the body does.
type answer struct {
	ctx      context.Context
	response js.Value
	abort    js.Value
	status   int
	reader   js.Value // undefined: no body, or at its end
	rest     []byte   // of the last chunk
}

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if !a.reader.Truthy() {
			return 0, io.EOF
		}
		r, err := await(a.ctx, a.reader.Call("read"))
		if err != nil {
			return 0, err
		}
		if r.Get("done").Bool() {
			a.reader = js.Undefined()
			return 0, io.EOF
		}
		chunk := r.Get("value")
		a.rest = make([]byte, chunk.Get("byteLength").Int())
		js.CopyBytesToGo(a.rest, chunk)
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// Close ends the request, if it has not ended.
func (a *answer) Close() error {
	if a.reader.Truthy() {
		a.reader = js.Undefined()
		a.abort.Call("abort")
	}
	return nil
}

// header returns one header, "" where there is none.
func (a *answer) header(name string) string {
	if v := a.response.Get("headers").Call("get", name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// headers returns all headers by canonical name.
func (a *answer) headers() map[string][]string {
	out := map[string][]string{}
	each := js.FuncOf(func(_ js.Value, args []js.Value) any {
		out[canonical(args[1].String())] = []string{args[0].String()}
		return nil
	})
	defer each.Release()
	a.response.Get("headers").Call("forEach", each)
	return out
}

// canonical writes a header's name as net/http does: Content-Range.
func canonical(name string) string {
	b := []byte(name)
	upper := true
	for i, c := range b {
		if upper && 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
		upper = c == '-'
	}
	return string(b)
}

// await waits for a promise. A promise that fails is a server that cannot be
// reached: the browser does not say more.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	type outcome struct {
		value  js.Value
		failed bool
	}
	settled := make(chan outcome, 1)
	var resolve, reject js.Func
	release := func() {
		resolve.Release()
		reject.Release()
	}
	handler := func(failed bool) js.Func {
		return js.FuncOf(func(_ js.Value, args []js.Value) any {
			settled <- outcome{args[0], failed}
			return nil
		})
	}
	resolve, reject = handler(false), handler(true)
	promise.Call("then", resolve, reject)
	select {
	case o := <-settled:
		release()
		if o.failed {
			return js.Value{}, unreachable(ctx, errors.New("fetch failed"))
		}
		return o.value, nil
	case <-ctx.Done():
		go func() { // the promise still settles
			<-settled
			release()
		}()
		return js.Value{}, unreachable(ctx, ctx.Err())
	}
}

// unreachable is the error of a call without an answer. A call that its caller
// ended is not the server's fault.
func unreachable(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return fmt.Errorf("%w: %w", transport.ErrUnreachable, err)
}

// try calls f and returns what JavaScript threw.
func try(f func()) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			e, ok := thrown.(js.Error)
			if !ok {
				panic(thrown)
			}
			err = errors.New("refused by the browser: " + e.Get("name").String())
		}
	}()
	f()
	return nil
}
