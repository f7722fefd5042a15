package pinvault

import (
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/core/pinvault/voprf"
)

// Registration is the flow that puts a secret behind a PIN at a set of realms,
// with tokens of ActionRegister.
type Registration struct{ exchange }

// NewRegistration draws the keys of a registration and prepares its only round.
// The flow succeeds if at least the threshold of realms took it, which is always
// more than would leave an older one openable. When it fails, delete what may
// have been registered.
func NewRegistration(rand io.Reader, set RealmSet, session Session, account AccountID, recovery RecoveryID, pin StretchedPIN, secret Secret) (*Registration, error) {
	x, err := newExchange(set, session, account, recovery, true)
	if err != nil {
		return nil, err
	}
	s, bodies, err := deal(rand, set, account, recovery, pin, secret)
	if err != nil {
		return nil, err
	}
	encoded := s.Append(nil)
	g := &Registration{x}
	return g, g.start(stepRegister, g.all(), func(i int) *body {
		bodies[i].statement = encoded
		return bodies[i]
	})
}

// deal makes the statement and what each realm gets.
func deal(rand io.Reader, set RealmSet, account AccountID, recovery RecoveryID, pin StretchedPIN, secret Secret) (*Statement, []*body, error) {
	n, t := len(set.Realms), set.Threshold
	s := &Statement{Account: account, Recovery: recovery, Threshold: t, Stretch: set.Stretch, Realms: make([]StatementRealm, n)}
	if _, err := io.ReadFull(rand, s.Registration[:]); err != nil {
		return nil, nil, fmt.Errorf("pinvault: randomness: %w", err)
	}
	oprfKey, err := voprf.RandomScalar(rand)
	if err != nil {
		return nil, nil, err
	}
	sealing, err := voprf.RandomScalar(rand)
	if err != nil {
		return nil, nil, err
	}
	oprfShares, err := voprf.Split(rand, oprfKey, n, t)
	if err != nil {
		return nil, nil, err
	}
	sealShares, err := voprf.Split(rand, sealing, n, t)
	if err != nil {
		return nil, nil, err
	}
	output, err := voprf.VOPRF.Output(oprfKey, pin.input.b[:])
	if err != nil {
		return nil, nil, err
	}
	u := unlockedFrom(output, s)
	bodies := make([]*body, n)
	for i, r := range set.Realms {
		s.Realms[i] = StatementRealm{
			Key:    r.Key,
			Public: [32]byte(voprf.PublicKey(oprfShares[i]).Bytes()),
			Share:  u.shareCommitment(s, i+1, sealShares[i]),
		}
		bodies[i] = &body{
			step:      stepRegister,
			oprfShare: [32]byte(oprfShares[i].Bytes()),
			sealShare: [32]byte(sealShares[i].Bytes()),
			verifier:  tagVerifier(u.tag(s, r.Key)),
		}
	}
	if err := u.seal(s, sealing, pin, secret); err != nil {
		return nil, nil, err
	}
	s.MAC = u.statementMAC(s)
	return s, bodies, nil
}

// Next ends the flow.
func (g *Registration) Next() (bool, error) {
	if have := len(g.agreed()); have < g.set.Threshold {
		return true, &TooFewError{Need: g.set.Threshold, Have: have}
	}
	return true, nil
}
