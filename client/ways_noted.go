package client

import (
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tablePasskey holds what the private log says of ways back: .ID(keyholder).Uint64(0)
// a passkey (Passkey), 1 when it was last tried, and how often.
var tablePasskey = store.Table("pk")

const (
	wayPasskey = 0
	wayTried   = 1
)

// applyWay keeps what an entry says of a way back.
func applyWay(b *store.Batch, p payload.Payload) error {
	if p.Kind == payload.KindPasskey {
		n, err := payload.ParsePasskeyNote(p.Body)
		if err != nil {
			return fault.Failed(err, "an entry of the private log cannot be read")
		}
		b.Set(tablePasskey.ID(n.Keyholder[:]).Uint64(wayPasskey).Bytes(), p.Body)
		return nil
	}
	w, err := payload.ParseWayTest(p.Body)
	if err != nil {
		return fault.Failed(err, "an entry of the private log cannot be read")
	}
	b.Set(tablePasskey.ID(w.Keyholder[:]).Uint64(wayTried).Bytes(), syntax.AppendUint8(appendUint64(nil, p.AtMS), w.Times))
	return nil
}
