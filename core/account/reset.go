package account

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	labelReset = "account reset"
	// MaxReset is the size limit of an encoded Reset in bytes.
	MaxReset = 1024
)

// ResetBy says who proved what to have a handle given away. A number's meaning
// never changes.
type ResetBy uint8

// The proofs.
const (
	ResetByPassword ResetBy = 1 // the sign-in password
	ResetByOperator ResetBy = 2 // a code of the server's operator
)

// String returns a stable word.
func (b ResetBy) String() string {
	switch b {
	case ResetByPassword:
		return "password"
	case ResetByOperator:
		return "operator"
	}
	return "unknown"
}

// Reset is a server's signed word that a handle means another account from now on,
// because who had it has lost every device and every way back (spec/reset.md). The
// old account has signed nothing: nobody may take the new one for it because of
// this. A server that invents one cannot deny it.
type Reset struct {
	Host   Host
	Handle Handle
	// Old is the account that had the handle, New the one that has it.
	Old, New ID
	By       ResetBy
	// Asked, Done and Kept are milliseconds since 1970 by the server's clock: when it
	// was asked for, when it was carried out, and until when the server keeps what it
	// holds of the old account.
	Asked, Done, Kept uint64
	// Key is the server's.
	Key       SignatureKey
	Signature []byte // 64 bytes
}

// SignReset fills in key and signature.
func SignReset(r *Reset, server ed25519.PrivateKey) {
	copy(r.Key[:], server.Public().(ed25519.PublicKey))
	r.Signature = ed25519.Sign(server, withLabel(labelReset, r.content()))
}

func (r *Reset) content() []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	b = syntax.AppendString(b, string(r.Host))
	b = syntax.AppendString(b, string(r.Handle))
	b = append(append(b, r.Old[:]...), r.New[:]...)
	b = syntax.AppendUint8(b, uint8(r.By))
	for _, ms := range []uint64{r.Asked, r.Done, r.Kept} {
		b = syntax.AppendUint64(b, ms)
	}
	return append(b, r.Key[:]...)
}

// Marshal returns the encoding.
func (r *Reset) Marshal() []byte { return syntax.AppendOpaque(r.content(), r.Signature) }

// ParseReset decodes a statement and verifies its signature under the key that it
// names. Whether that key is the server's, the caller must know (Reset.Key).
func ParseReset(data []byte) (*Reset, error) {
	if len(data) > MaxReset {
		return nil, fmt.Errorf("%w: reset too long", ErrMalformed)
	}
	rd := syntax.NewReader(data)
	if v := rd.Uint16(); rd.Err() == nil && v != formatVersion {
		return nil, ErrVersion
	}
	r := &Reset{Host: readName(rd, ParseHost), Handle: readName(rd, ParseHandle)}
	rd.Copy(r.Old[:])
	rd.Copy(r.New[:])
	r.By = ResetBy(rd.Uint8())
	r.Asked, r.Done, r.Kept = rd.Uint64(), rd.Uint64(), rd.Uint64()
	rd.Copy(r.Key[:])
	r.Signature = readSignature(rd, true)
	if rd.Err() == nil && (r.Old == r.New || r.By < ResetByPassword || r.By > ResetByOperator || r.Asked > r.Done || r.Done > r.Kept) {
		rd.Fail(syntax.ErrInvalidValue)
	}
	if err := rd.Done(); err != nil {
		return nil, fmt.Errorf("%w: reset: %w", ErrMalformed, err)
	}
	key, err := ParseSignatureKey(r.Key[:])
	if err != nil {
		return nil, err
	}
	return r, key.Verify(labelReset, r.content(), r.Signature)
}

// DoneTime is when the reset was carried out, in UTC.
func (r *Reset) DoneTime() time.Time { return time.UnixMilli(int64(min(r.Done, 1<<53))).UTC() }

// KeptTime is until when the server keeps what it holds of the old account.
func (r *Reset) KeptTime() time.Time { return time.UnixMilli(int64(min(r.Kept, 1<<53))).UTC() }
