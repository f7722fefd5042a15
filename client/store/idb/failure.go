//go:build js && wasm

package idb

import (
	"fmt"
	"syscall/js"

	"github.com/coffer-chat/coffer/client/store"
)

// failure turns a DOMException into an error of the contract, by its name.
func failure(exception js.Value) error {
	if exception.Type() != js.TypeObject {
		return fmt.Errorf("%w: IndexedDB gave no reason", store.ErrCorrupt)
	}
	name := exception.Get("name").String()
	switch name {
	case "QuotaExceededError":
		return fmt.Errorf("%w: the browser allows this site no more", store.ErrFull)
	case "VersionError":
		return store.ErrFormat
	case "InvalidStateError":
		return fmt.Errorf("%w: by the browser", store.ErrClosed)
	case "NotReadableError", "DataError", "UnknownError":
		return fmt.Errorf("%w: %s", store.ErrCorrupt, name)
	}
	return fmt.Errorf("store: IndexedDB: %s", name)
}
