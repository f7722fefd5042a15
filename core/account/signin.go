package account

import (
	"bytes"
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	// MinNonce and MaxNonce bound the server's challenge in bytes.
	MinNonce = 16
	MaxNonce = 64

	labelSignIn = "sign in"
)

// SignIn is what a keyholder signs to open a session: where, as whom, when,
// and the server's challenge.
type SignIn struct {
	Host      Host
	Account   ID
	Keyholder KeyholderID
	Time      uint64 // milliseconds since 1970
	Nonce     []byte // MinNonce to MaxNonce bytes, from the server
	Signature []byte // 64 bytes
}

func (s SignIn) content() []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	b = syntax.AppendString(b, string(s.Host))
	b = append(b, s.Account[:]...)
	b = append(b, s.Keyholder[:]...)
	b = syntax.AppendUint64(b, s.Time)
	return syntax.AppendOpaque(b, s.Nonce)
}

// Marshal returns the encoding.
func (s SignIn) Marshal() []byte { return syntax.AppendOpaque(s.content(), s.Signature) }

// SignIn returns the signed structure, ready to send. The nonce must have
// MinNonce to MaxNonce bytes, or it fails with ErrSignIn.
func (s *KeyholderSecret) SignIn(host Host, id ID, nonce []byte, now time.Time) ([]byte, error) {
	if len(nonce) < MinNonce || len(nonce) > MaxNonce {
		return nil, ErrSignIn
	}
	in := SignIn{Host: host, Account: id, Keyholder: s.id, Time: millis(now), Nonce: nonce}
	in.Signature = s.Sign(labelSignIn, in.content())
	return in.Marshal(), nil
}

// ParseSignIn decodes a sign-in without judging it: for the server to find the
// account that it names.
func ParseSignIn(data []byte) (SignIn, error) {
	r := syntax.NewReader(data)
	if v := r.Uint16(); r.Err() == nil && v != formatVersion {
		return SignIn{}, ErrVersion
	}
	s := SignIn{Host: readName(r, ParseHost)}
	r.Copy(s.Account[:])
	r.Copy(s.Keyholder[:])
	s.Time = r.Uint64()
	nonce := r.Opaque()
	if r.Err() == nil && (len(nonce) < MinNonce || len(nonce) > MaxNonce) {
		r.Fail(syntax.ErrBadLength)
	}
	s.Nonce = bytes.Clone(nonce)
	s.Signature = readSignature(r, true)
	if err := r.Done(); err != nil {
		return SignIn{}, fmt.Errorf("%w: sign-in: %w", ErrMalformed, err)
	}
	return s, nil
}

// VerifySignIn returns nil if s is for this host and account, answers the
// challenge nonce, claims a time within skew of now, and is signed by one who
// is a keyholder now. Every other answer is ErrSignIn.
func (c *Chain) VerifySignIn(s SignIn, host Host, nonce []byte, now time.Time, skew time.Duration) error {
	k := c.find(s.Keyholder)
	if k == nil || !k.Active() || s.Account != c.id || s.Host != host || !bytes.Equal(s.Nonce, nonce) {
		return ErrSignIn
	}
	if s.Time > 1<<62 || now.Sub(time.UnixMilli(int64(s.Time))).Abs() > skew {
		return ErrSignIn
	}
	if k.SignatureKey.Verify(labelSignIn, s.content(), s.Signature) != nil {
		return ErrSignIn
	}
	return nil
}
