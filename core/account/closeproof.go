package account

import "time"

const labelCloseProof = "close account"

// CloseProof signs a demand to the server to close the account, and to erase what
// it holds, in the form of a sign-in. It is good without a session, so that who was
// cut off after the close entry was appended can ask again.
func (s *KeyholderSecret) CloseProof(host Host, id ID, nonce []byte, now time.Time) ([]byte, error) {
	if len(nonce) < MinNonce || len(nonce) > MaxNonce {
		return nil, ErrSignIn
	}
	in := SignIn{Host: host, Account: id, Keyholder: s.id, Time: millis(now), Nonce: nonce}
	in.Signature = s.Sign(labelCloseProof, in.content())
	return in.Marshal(), nil
}

// VerifyCloseProof returns nil if p is for this host and account, claims a time
// within skew of now, and is signed by signer: a device of the account, or the one
// that has closed it. Every other answer is ErrSignIn.
func (c *Chain) VerifyCloseProof(p SignIn, host Host, signer KeyholderID, now time.Time, skew time.Duration) error {
	k := c.find(signer)
	if k == nil || k.Kind != KindDevice || p.Keyholder != signer || p.Account != c.id || p.Host != host {
		return ErrSignIn
	}
	if !k.Active() {
		at, closed := c.ClosedAt()
		if !closed || c.Entry(at).Signer != signer {
			return ErrSignIn
		}
	}
	if p.Time > 1<<62 || now.Sub(time.UnixMilli(int64(p.Time))).Abs() > skew {
		return ErrSignIn
	}
	if k.SignatureKey.Verify(labelCloseProof, p.content(), p.Signature) != nil {
		return ErrSignIn
	}
	return nil
}
