package client

import (
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tablePasskey holds what the private log says of ways back: .ID(keyholder).Uint64(0)
// a passkey (Passkey), 1 when it was last tried, and how often.
var tablePasskey = store.Table("pk")

const (
	wayPasskey = 0
	wayTried   = 1
)

const (
	maxCredential = 1023 // of WebAuthn
	maxRP         = 255
)

// passkeyNote says which passkey a keyholder is, so that every device can ask for
// just that one, and make no second one in the same place.
type passkeyNote struct {
	keyholder  account.KeyholderID
	credential []byte
	rp         string // the page's host, without which the browser does not look
}

func (p *passkeyNote) bytes() []byte {
	return syntax.AppendString(syntax.AppendOpaque(append([]byte(nil), p.keyholder[:]...), p.credential), p.rp)
}

func parsePasskeyNote(b []byte) (*passkeyNote, error) {
	r := syntax.NewReader(b)
	p := new(passkeyNote)
	r.Copy(p.keyholder[:])
	p.credential = append([]byte(nil), r.Opaque()...)
	p.rp = r.String()
	if r.Err() == nil && (len(p.credential) == 0 || len(p.credential) > maxCredential || p.rp == "" || len(p.rp) > maxRP) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, r.Done()
}

// wayTest says that a way back was tried and right. When is the time of its entry.
type wayTest struct {
	keyholder account.KeyholderID
	times     uint8 // so far, this one included; no more than 255 are counted
}

func (w *wayTest) bytes() []byte {
	return syntax.AppendUint8(append([]byte(nil), w.keyholder[:]...), w.times)
}

func parseWayTest(b []byte) (*wayTest, error) {
	r := syntax.NewReader(b)
	w := new(wayTest)
	r.Copy(w.keyholder[:])
	if w.times = r.Uint8(); r.Err() == nil && w.times == 0 {
		r.Fail(syntax.ErrInvalidValue)
	}
	return w, r.Done()
}

// applyWay keeps what an entry says of a way back.
func applyWay(b *store.Batch, p payload) error {
	if p.kind == payloadPasskey {
		n, err := parsePasskeyNote(p.body)
		if err != nil {
			return fault.Failed(err, "an entry of the private log cannot be read")
		}
		b.Set(tablePasskey.ID(n.keyholder[:]).Uint64(wayPasskey).Bytes(), p.body)
		return nil
	}
	w, err := parseWayTest(p.body)
	if err != nil {
		return fault.Failed(err, "an entry of the private log cannot be read")
	}
	b.Set(tablePasskey.ID(w.keyholder[:]).Uint64(wayTried).Bytes(), syntax.AppendUint8(appendUint64(nil, p.atMS), w.times))
	return nil
}
