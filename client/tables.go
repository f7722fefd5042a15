package client

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
)

// The tables of a device's store (spec/device-store.md). A tag is never used
// again for something else.
var (
	keyStamp     = store.Table("a").Uint64(0) // counter of changes
	keySelf      = store.Table("a").Uint64(1) // the account and this device's keys
	keySession   = store.Table("a").Uint64(2) // the session's token
	keyPrivate   = store.Table("a").Uint64(3) // position in the private log
	tableChain   = store.Table("ch")          // .ID(account): verified chain
	tableContact = store.Table("ct")          // .ID(handle): pinned account id
	tableHandle  = store.Table("ha")          // .ID(account): handle
	tableKeyPkg  = store.Table("kp")          // .ID(key package ref): private keys
)

func appendUint64(b []byte, n uint64) []byte { return binary.BigEndian.AppendUint64(b, n) }

func (e *Engine) readStamp(ctx context.Context) (uint64, error) {
	b, err := e.get(ctx, keyStamp)
	if err != nil || len(b) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(b), nil
}

// get reads a value, nil where there is none.
func (e *Engine) get(ctx context.Context, k store.Key) ([]byte, error) {
	key := k.Bytes()
	if v, known := e.onTheWay(key); known {
		return v, nil
	}
	b, err := e.cfg.Store.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Failed(err, "the device's store cannot be read")
	}
	return b, nil
}
