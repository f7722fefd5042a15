package push

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/server/store"
)

// metaKey is where the store keeps the key.
const metaKey = "push key"

// tokenLife is how long a token is good for; RFC 8292 section 2 allows a day.
const tokenLife = 12 * time.Hour

// key identifies the server to push services (RFC 8292). It says nothing about
// messages; whoever has it and an endpoint can wake that device.
type key struct {
	private *ecdsa.PrivateKey
	public  []byte // uncompressed
}

// String hides the key.
func (k *key) String() string { return "push.key(redacted)" }

// GoString hides the key.
func (k *key) GoString() string { return k.String() }

// loadKey reads the key from the store; the first time it makes it.
func loadKey(ctx context.Context, s store.Store) (*key, error) {
	fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	raw, err := fresh.Bytes()
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	kept, err := s.KeepMeta(ctx, metaKey, raw)
	if err != nil {
		return nil, err
	}
	k := &key{}
	if k.private, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), kept); err != nil {
		return nil, fmt.Errorf("server: stored push key: %w", err)
	}
	k.public, err = k.private.PublicKey.Bytes()
	return k, err
}

// claims are those of RFC 8292 section 2.
type claims struct {
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
	Subject  string `json:"sub"`
}

// authorization is the header's value for one push service (RFC 8292 section 3):
// a JWT signed with ES256 (RFC 7515, RFC 7518 section 3.4), and the public key.
func (k *key) authorization(origin, contact string, now time.Time) (string, error) {
	body, err := json.Marshal(claims{Audience: origin, Expires: now.Add(tokenLife).Unix(), Subject: contact})
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encode(body)
	hash := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, hash[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return "vapid t=" + signed + "." + encode(signature) + ", k=" + encode(k.public), nil
}
