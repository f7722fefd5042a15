//go:build js && wasm

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"syscall/js"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/sealed"
)

// The store's key lies in a database beside the store, wrapped by a WebCrypto
// key that the browser does not let out: whoever copies the browser's files has
// to get at the browser's own key store too.
var (
	keyWrapped  = store.Table("k").Uint64(1).Bytes()
	wrappingKey = "wrapping"
)

// deviceKey returns the key of the sealed store, drawn at the first start. A
// store whose wrapping key is gone is as good as none: fresh says that the key
// is new, and what lies in the store can be thrown away.
func deviceKey(ctx context.Context, beside store.Store, wrap wrapper) (key []byte, fresh bool, err error) {
	box, err := beside.Get(ctx, keyWrapped)
	if err == nil {
		key, err = wrap.open(box)
		if err == nil && len(key) == sealed.KeySize {
			return key, false, nil
		}
		return nil, false, errors.New("this browser's key does not open what is stored here")
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, false, err
	}
	key = make([]byte, sealed.KeySize)
	rand.Read(key)
	if box, err = wrap.seal(key); err != nil {
		return nil, false, err
	}
	var b store.Batch
	b.RequireAbsent(keyWrapped)
	b.Set(keyWrapped, box)
	return key, true, beside.Apply(ctx, &b)
}

// wrapper seals with a key of WebCrypto's.
type wrapper struct{ key js.Value }

const wrapNonce = 12

func subtle() js.Value { return js.Global().Get("crypto").Get("subtle") }

// newWrapper takes the wrapping key that the worker keeps for this database.
func newWrapper(key js.Value) (wrapper, error) {
	if key.Type() != js.TypeObject {
		return wrapper{}, errors.New("there is no wrapping key")
	}
	if key.Get("extractable").Bool() {
		return wrapper{}, errors.New("the wrapping key could be taken out of the browser")
	}
	return wrapper{key}, nil
}

func (w wrapper) parameters(nonce []byte) js.Value {
	return js.ValueOf(map[string]any{"name": "AES-GCM", "iv": toJS(nonce), "additionalData": toJS([]byte("Coffer 1 browser device key"))})
}

func (w wrapper) seal(secret []byte) ([]byte, error) {
	nonce := make([]byte, wrapNonce)
	rand.Read(nonce)
	box, err := await(subtle().Call("encrypt", w.parameters(nonce), w.key, toJS(secret)))
	if err != nil {
		return nil, err
	}
	return append(nonce, toGo(uint8Array.New(box))...), nil
}

func (w wrapper) open(box []byte) ([]byte, error) {
	if len(box) < wrapNonce {
		return nil, errors.New("too short")
	}
	secret, err := await(subtle().Call("decrypt", w.parameters(box[:wrapNonce]), w.key, toJS(box[wrapNonce:])))
	if err != nil {
		return nil, err
	}
	return toGo(uint8Array.New(secret)), nil
}
