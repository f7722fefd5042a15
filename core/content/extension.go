package content

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/coffer-chat/coffer/core/content/internal/dcbor"
)

// ExtensionKey is the key of an extension: an integer or a text. Positive
// integers are IANA's, negative ones and texts are for private use. It is made
// by IntKey or TextKey.
type ExtensionKey struct{ enc string }

// Keys of the registry "MIMI Content Extension Keys".
var (
	keySender = IntKey(1)
	keyRoom   = IntKey(2)
)

// IntKey returns an integer key; New refuses 0 and what a double cannot hold.
func IntKey(n int64) ExtensionKey { return ExtensionKey{string(dcbor.AppendInt(nil, n))} }

// TextKey returns a text key; New refuses an empty or long one.
func TextKey(s string) ExtensionKey { return ExtensionKey{string(dcbor.AppendText(nil, s))} }

// Extension is a field of a message's extensions map.
type Extension struct {
	Key ExtensionKey
	// Value is one value in deterministic CBOR. It must not be modified.
	Value []byte
}

// Extensions are sorted by the encoding of their keys, each of which is there
// once.
type Extensions []Extension

// Get returns the encoded value for a key, or nil.
func (e Extensions) Get(key ExtensionKey) []byte {
	i, ok := slices.BinarySearchFunc(e, key, func(x Extension, k ExtensionKey) int {
		return cmp.Compare(x.Key.enc, k.enc)
	})
	if !ok {
		return nil
	}
	return e[i].Value
}

// appendMap appends e as a map, sorted.
func (e Extensions) appendMap(b []byte) []byte {
	sorted := slices.Clone(e)
	slices.SortStableFunc(sorted, func(x, y Extension) int { return cmp.Compare(x.Key.enc, y.Key.enc) })
	b = dcbor.AppendMap(b, len(sorted))
	for _, x := range sorted {
		b = append(append(b, x.Key.enc...), x.Value...)
	}
	return b
}

// readExtensions reads a map whose values take at most valueSize bytes each.
func readExtensions(r *dcbor.Reader, valueSize int) (Extensions, error) {
	n := r.Map()
	if n > MaxExtensions {
		return nil, fmt.Errorf("%w: extensions", ErrLimit)
	}
	e := make(Extensions, 0, n)
	var prev []byte
	for range n {
		key := r.KeyAfter(prev, false)
		value := r.Value(extensionDepth)
		if r.Err() != nil {
			return nil, r.Err()
		}
		if len(key) > MaxExtensionKey+2 || len(value) > valueSize {
			return nil, fmt.Errorf("%w: extension", ErrLimit)
		}
		if bytes.Equal(key, []byte{0x00}) || bytes.Equal(key, []byte{0x60}) {
			return nil, fmt.Errorf("%w: extension key", ErrMalformed)
		}
		prev = key
		e = append(e, Extension{ExtensionKey{string(key)}, value})
	}
	return e, r.Err()
}
