package pinvault

import (
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// ErrSignature says that a request lacks the signature of its client's session
// key or of its device.
var ErrSignature = errors.New("pinvault: request is not signed as its token demands")

const maxBody = 8 << 10

// DeviceSigner is a device that signs what it does at a realm. Sign makes an
// Ed25519 signature with the private key of Key over message as it is: this
// package has labelled it already.
type DeviceSigner struct {
	Key  PublicKey
	Sign func(message []byte) ([]byte, error)
}

// NewDeviceSigner is a DeviceSigner over a private key in memory.
func NewDeviceSigner(key ed25519.PrivateKey) DeviceSigner {
	return DeviceSigner{
		Key:  publicOf(key),
		Sign: func(message []byte) ([]byte, error) { return ed25519.Sign(key, message), nil },
	}
}

func (d DeviceSigner) sign(label string, content []byte) ([64]byte, error) {
	if d.Sign == nil {
		return [64]byte{}, ErrSignature
	}
	s, err := d.Sign(labelled(label, content))
	if err != nil {
		return [64]byte{}, err
	}
	if len(s) != ed25519.SignatureSize {
		return [64]byte{}, ErrSignature
	}
	return [64]byte(s), nil
}

// Request is a parsed request to a realm.
type Request struct {
	token           Token
	tokenContent    []byte
	tokenSignature  []byte
	body            *body
	guarded         []byte // what the guard signs
	guard           PublicKey
	guardSignature  []byte // nil where there is none
	signed          []byte // what the device signs
	deviceSignature []byte // nil where there is none
	clientSigned    []byte // what the client signs
	clientSignature []byte
	hash            [32]byte
}

// encodeRequest builds a request; guard and device are nil where none signs.
func encodeRequest(token []byte, m *body, client ed25519.PrivateKey, guard, device *DeviceSigner) ([]byte, error) {
	b := syntax.AppendUint8(nil, formatVersion)
	b = append(b, token...)
	b = syntax.AppendOpaque(b, m.encode())
	if guard == nil {
		b = syntax.AppendBool(b, false)
	} else {
		s, err := guard.sign(labelGuardRequest, b)
		if err != nil {
			return nil, err
		}
		b = append(append(syntax.AppendBool(b, true), guard.Key[:]...), s[:]...)
	}
	if device == nil {
		b = syntax.AppendBool(b, false)
	} else {
		s, err := device.sign(labelDeviceRequest, b)
		if err != nil {
			return nil, err
		}
		b = append(syntax.AppendBool(b, true), s[:]...)
	}
	s := sign(client, labelClientRequest, b)
	return append(b, s[:]...), nil
}

// ParseRequest reads a request. It checks form only: nothing of it may be acted
// upon before Authorize.
func ParseRequest(data []byte) (*Request, error) {
	if len(data) > MaxMessage {
		return nil, ErrFormat
	}
	q := &Request{hash: requestHash(data)}
	r := syntax.NewReader(data)
	readVersion(r)
	start := r.Rest()
	q.token, q.tokenSignature = readToken(r)
	if r.Err() == nil {
		q.tokenContent = start[:TokenSize-ed25519.SignatureSize]
	}
	inner := r.Opaque()
	if len(inner) > maxBody {
		r.Fail(ErrFormat)
	}
	q.guarded = data[:len(data)-r.Len()]
	if r.Bool() {
		r.Copy(q.guard[:])
		q.guardSignature = r.Fixed(ed25519.SignatureSize)
	}
	q.signed = data[:len(data)-r.Len()]
	if r.Bool() {
		q.deviceSignature = r.Fixed(ed25519.SignatureSize)
	}
	q.clientSigned = data[:len(data)-r.Len()]
	q.clientSignature = r.Fixed(ed25519.SignatureSize)
	if err := r.Done(); err != nil {
		return nil, err
	}
	var err error
	q.body, err = parseBody(inner)
	return q, err
}

func requestHash(data []byte) [32]byte { return digest(labelRequestHash, data) }

// RequestHash binds a realm's response to the request that it answers: the hash
// of a request's bytes, well-formed or not.
func RequestHash(request []byte) [32]byte { return requestHash(request) }

// Issuer is the server that is said to have signed the request's token.
func (q *Request) Issuer() PublicKey { return q.token.Issuer }

// Authorized is a request whose token and signatures a realm has accepted.
type Authorized struct {
	token Token
	body  *body
	guard PublicKey // zero unless Action.NeedsGuard
}

// Authorize checks the token (signed by its issuer, whom the caller must have
// found among the servers it accepts; for this realm; within its life; for what
// the body does), the client's signature, and the device's and the guard's where they are needed.
// Errors are ErrToken and ErrSignature.
func (q *Request) Authorize(realm PublicKey, accepted func(issuer PublicKey) bool, now time.Time) (*Authorized, error) {
	t := q.token
	if t.Realm != realm || !accepted(t.Issuer) || !t.timely(now) || t.Action != actionOf(q.body.step) ||
		!verify(t.Issuer, labelToken, q.tokenContent, q.tokenSignature) {
		return nil, ErrToken
	}
	if !verify(t.Client, labelClientRequest, q.clientSigned, q.clientSignature) {
		return nil, ErrSignature
	}
	if t.Action.NeedsDevice() != (q.deviceSignature != nil) {
		return nil, ErrSignature
	}
	if q.deviceSignature != nil && !verify(t.Device, labelDeviceRequest, q.signed, q.deviceSignature) {
		return nil, ErrSignature
	}
	if t.Action.NeedsGuard() != (q.guardSignature != nil) ||
		q.guardSignature != nil && !verify(q.guard, labelGuardRequest, q.guarded, q.guardSignature) {
		return nil, ErrSignature
	}
	return &Authorized{token: t, body: q.body, guard: q.guard}, nil
}

// Key is the key under which the state that the request is about is stored:
// of a registration, or of an account's heads. It is bound to the token's
// issuer, so servers cannot touch each other's registrations.
func (a *Authorized) Key() [32]byte {
	b := append(append([]byte(nil), a.token.Issuer[:]...), a.token.Account[:]...)
	switch a.token.Action {
	case ActionWriteWitness, ActionReadWitness:
		return digest(labelWitnessKey, b)
	}
	return digest(labelRegKey, append(b, a.token.Recovery[:]...))
}

// Tenant identifies the account that the request is about, for rate limits.
func (a *Authorized) Tenant() (issuer PublicKey, account AccountID) {
	return a.token.Issuer, a.token.Account
}
