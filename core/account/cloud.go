package account

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	// CloudHalfSize is the size of each half of a cloud key in bytes.
	CloudHalfSize = 32

	labelOpenCloud = "open cloud half"
)

// CloudHalf is the half of a cloud key that lies in the third party's cloud:
// random bytes, which alone open nothing. The server keeps the other half and a
// public key by which it knows who holds this one (spec/cloud.md).
type CloudHalf struct {
	_ incomparable
	b [CloudHalfSize]byte
}

// NewCloudHalf draws a half.
func NewCloudHalf(rand io.Reader) (*CloudHalf, error) {
	h := &CloudHalf{}
	if _, err := io.ReadFull(rand, h.b[:]); err != nil {
		return nil, fmt.Errorf("account: randomness: %w", err)
	}
	return h, nil
}

// Keyholder makes the recovery method's keys from both halves, bound to the
// account. The server's half is not kept.
func (h *CloudHalf) Keyholder(id ID, server []byte) (*KeyholderSecret, error) {
	if len(server) != CloudHalfSize {
		return nil, ErrCloudHalf
	}
	secret := append(bytes.Clone(h.b[:]), server...)
	defer clear(secret)
	return DeriveKeyholder(secret, id, KindCloud)
}

// proof is the key whose public half the server keeps. It says nothing about
// the half: both come from it by one-way functions.
func (h *CloudHalf) proof(id ID) ed25519.PrivateKey {
	seed := ExpandWithLabel(h.b[:], "cloud proof key", id[:], ed25519.SeedSize)
	defer clear(seed)
	return ed25519.NewKeyFromSeed(seed)
}

// ProofKey returns the public key by which the server knows who holds the half.
func (h *CloudHalf) ProofKey(id ID) SignatureKey {
	return SignatureKey(h.proof(id).Public().(ed25519.PublicKey))
}

// Prove returns what asks the server for its half: the structure of a sign-in,
// under a label of its own and signed by the proof key. The nonce must have
// MinNonce to MaxNonce bytes, or it fails with ErrSignIn.
func (h *CloudHalf) Prove(host Host, id ID, keyholder KeyholderID, nonce []byte, now time.Time) ([]byte, error) {
	if len(nonce) < MinNonce || len(nonce) > MaxNonce {
		return nil, ErrSignIn
	}
	in := SignIn{Host: host, Account: id, Keyholder: keyholder, Time: millis(now), Nonce: nonce}
	key := h.proof(id)
	defer clear(key)
	in.Signature = ed25519.Sign(key, withLabel(labelOpenCloud, in.content()))
	return in.Marshal(), nil
}

// Erase overwrites the half.
func (h *CloudHalf) Erase() { clear(h.b[:]) }

// Format prints no part of the half.
func (h CloudHalf) Format(f fmt.State, _ rune) { printRedacted(f) }

// CloudRecord is what the server keeps of a cloud key.
type CloudRecord struct {
	Keyholder KeyholderID
	Proof     SignatureKey
	// Half is the server's, CloudHalfSize bytes.
	Half []byte
	// Password says that whoever asks for the half proves the sign-in password
	// as well.
	Password bool
}

// Marshal returns the encoding.
func (r CloudRecord) Marshal() []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	b = append(b, r.Keyholder[:]...)
	b = append(b, r.Proof[:]...)
	b = append(b, r.Half...)
	return syntax.AppendBool(b, r.Password)
}

// ParseCloudRecord decodes what Marshal returned.
func ParseCloudRecord(data []byte) (CloudRecord, error) {
	r := syntax.NewReader(data)
	if v := r.Uint16(); r.Err() == nil && v != formatVersion {
		return CloudRecord{}, ErrVersion
	}
	var c CloudRecord
	r.Copy(c.Keyholder[:])
	c.Proof = readSignatureKey(r)
	c.Half = bytes.Clone(r.Fixed(CloudHalfSize))
	c.Password = r.Bool()
	if err := r.Done(); err != nil {
		return CloudRecord{}, fmt.Errorf("%w: cloud record: %w", ErrMalformed, err)
	}
	return c, nil
}

// Format prints no part of the half.
func (r CloudRecord) Format(f fmt.State, _ rune) { printRedacted(f) }

// VerifyProof returns nil if s, as ParseSignIn decoded it, asks for this record's
// half at this host, for this account, within skew of now, and is signed by who
// holds the other half. Every other answer is ErrSignIn.
func (r CloudRecord) VerifyProof(s SignIn, host Host, id ID, now time.Time, skew time.Duration) error {
	if s.Keyholder != r.Keyholder || s.Account != id || s.Host != host ||
		s.Time > 1<<62 || now.Sub(time.UnixMilli(int64(s.Time))).Abs() > skew ||
		r.Proof.Verify(labelOpenCloud, s.content(), s.Signature) != nil {
		return ErrSignIn
	}
	return nil
}
