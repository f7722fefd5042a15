package pinvault

import (
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// TokenLife is how long a token is good for, and ClockSkew by how much the clocks
// of a realm and of an account's server may differ.
const (
	TokenLife = 60 * time.Second
	ClockSkew = 30 * time.Second
)

// ErrToken says that a token is not one that this realm accepts for this request
// now: issuer, signature, realm, action, or time.
var ErrToken = errors.New("pinvault: token not accepted")

// Action is what a token allows.
type Action uint8

// The actions. Registering, deleting and writing heads also need a signature of
// the device that the token names.
const (
	ActionRegister     Action = 1 // put a registration in
	ActionRecover      Action = 2 // all three rounds of a recovery
	ActionDelete       Action = 3 // erase a registration
	ActionWriteWitness Action = 4 // write the account's newest heads
	ActionReadWitness  Action = 5 // read them
	ActionReadLog      Action = 6 // read the log of guesses
)

// NeedsDevice reports whether a device must sign what the action does.
func (a Action) NeedsDevice() bool {
	return a == ActionRegister || a == ActionDelete || a == ActionWriteWitness
}

// NeedsGuard reports whether the account's guard must sign what the action does:
// who registered first is who may replace or erase.
func (a Action) NeedsGuard() bool { return a == ActionRegister || a == ActionDelete }

func (a Action) valid() bool { return a >= ActionRegister && a <= ActionReadLog }

// Token is the statement of an account's server that a client may do one thing
// at one realm.
type Token struct {
	Action   Action
	Issuer   PublicKey // the server that signs
	Account  AccountID
	Realm    PublicKey
	Recovery RecoveryID // zero for actions on heads, which are the account's
	Client   PublicKey  // the session key that signs requests
	Device   PublicKey  // the device that signs too; zero unless Action.NeedsDevice
	Expiry   int64      // milliseconds since 1970
}

// TokenSize is the size of every token in bytes.
const TokenSize = 2 + 32*5 + 16 + 8 + ed25519.SignatureSize

func (t Token) content() []byte {
	b := syntax.AppendUint8(nil, formatVersion)
	b = syntax.AppendUint8(b, uint8(t.Action))
	b = append(b, t.Issuer[:]...)
	b = append(b, t.Account[:]...)
	b = append(b, t.Realm[:]...)
	b = append(b, t.Recovery[:]...)
	b = append(b, t.Client[:]...)
	b = append(b, t.Device[:]...)
	return syntax.AppendUint64(b, uint64(t.Expiry))
}

// Issue signs the token with the server's key and returns its TokenSize bytes.
// It fills in Issuer, and Expiry as TokenLife from now.
func (t Token) Issue(key ed25519.PrivateKey, now time.Time) []byte {
	t.Issuer = publicOf(key)
	t.Expiry = now.Add(TokenLife).UnixMilli()
	b := t.content()
	signature := sign(key, labelToken, b)
	return append(b, signature[:]...)
}

func readToken(r *syntax.Reader) (t Token, signature []byte) {
	readVersion(r)
	t.Action = Action(r.Uint8())
	r.Copy(t.Issuer[:])
	r.Copy(t.Account[:])
	r.Copy(t.Realm[:])
	r.Copy(t.Recovery[:])
	r.Copy(t.Client[:])
	r.Copy(t.Device[:])
	t.Expiry = int64(r.Uint64())
	signature = r.Fixed(ed25519.SignatureSize)
	if r.Err() == nil && (!t.Action.valid() || t.Action.NeedsDevice() == (t.Device == PublicKey{})) {
		r.Fail(ErrFormat)
	}
	return t, signature
}

// ParseToken reads a token without checking its signature: for a client that
// wants to know what it was given. Realms go through Request.Authorize.
func ParseToken(data []byte) (Token, error) {
	r := syntax.NewReader(data)
	t, _ := readToken(r)
	return t, r.Done()
}

// timely reports whether now is within the token's life.
func (t Token) timely(now time.Time) bool {
	left := t.Expiry - now.UnixMilli()
	return left > -ClockSkew.Milliseconds() && left <= (TokenLife+ClockSkew).Milliseconds()
}
