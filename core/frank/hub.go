package frank

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// HubKeySize is the size of a HubKey in bytes.
const HubKeySize = 32

// HubKey is the server's secret for franks. It says nothing about messages, and
// a moderator who has it can check reports but not read. It prints redacted.
type HubKey struct {
	_ [0]func() // not comparable
	k [HubKeySize]byte
}

// NewHubKey reads a fresh key from rand.
func NewHubKey(rand io.Reader) (HubKey, error) {
	var k HubKey
	if _, err := io.ReadFull(rand, k.k[:]); err != nil {
		return HubKey{}, fmt.Errorf("frank: reading randomness: %w", err)
	}
	return k, nil
}

// HubKeyFromBytes returns the key with the given 32 bytes, as Bytes returned them.
func HubKeyFromBytes(b []byte) (HubKey, error) {
	var k HubKey
	if len(b) != HubKeySize {
		return HubKey{}, fmt.Errorf("%w: hub key", ErrMalformed)
	}
	copy(k.k[:], b)
	return k, nil
}

// Bytes returns a copy of the key, for keeping it.
func (k HubKey) Bytes() []byte { return append([]byte(nil), k.k[:]...) }

// String hides the key.
func (k HubKey) String() string { return "frank.HubKey(redacted)" }

// GoString hides the key.
func (k HubKey) GoString() string { return k.String() }

// Format hides the key whatever the verb.
func (k HubKey) Format(f fmt.State, _ rune) { io.WriteString(f, k.String()) }

// mac returns HMAC_SHA256(hub_key, franking_tag || context).
func (k HubKey) mac(tag Tag, c Context) (out [sha256.Size]byte) {
	mac := hmac.New(sha256.New, k.k[:])
	mac.Write(c.Append(tag.Append(nil)))
	mac.Sum(out[:0])
	return out
}

// Frank returns the server's frank for a message that it accepts, signed with
// the key whose public half stands in the group's franking_agent component.
// suite is the MLS cipher suite of the message's epoch; its signature scheme
// must be Ed25519.
func (k HubKey) Frank(tag Tag, c Context, suite uint16, signer ed25519.PrivateKey) Frank {
	f := Frank{Server: k.mac(tag, c), Suite: suite}
	f.Signature = ed25519.Sign(signer, f.signContent(c))
	return f
}

// Check reports with ErrFrank that f is not what this key gave to the tag in
// that context.
func (k HubKey) Check(f Frank, tag Tag, c Context) error {
	if want := k.mac(tag, c); !hmac.Equal(want[:], f.Server[:]) {
		return ErrFrank
	}
	return nil
}

// signContent returns the SignContent structure of RFC 9420, section 5.1.2, over
// the FrankingIntegrityTBS structure.
func (f *Frank) signContent(c Context) []byte {
	tbs := append([]byte(nil), f.Server[:]...)
	tbs = syntax.AppendUint16(tbs, f.Suite)
	tbs = c.Append(tbs)
	b := syntax.AppendString(nil, "MLS 1.0 FrankingIntegrityTBS")
	return syntax.AppendOpaque(b, tbs)
}
