package pinvault

import (
	"bytes"
	"slices"

	"github.com/coffer-chat/coffer/core/pinvault/voprf"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// SealedSize is the size of a sealed secret: 32 bytes and a tag of 16.
const SealedSize = 48

// Statement is the public part of a registration. Every realm of it keeps the
// same bytes; a client goes on only with what a threshold of realms agree on.
// It holds nothing by which fewer than a threshold of realms could try a PIN.
type Statement struct {
	Account      AccountID
	Recovery     RecoveryID
	Registration RegistrationID
	Threshold    int
	Stretch      StretchParams
	Realms       []StatementRealm
	Sealed       [SealedSize]byte // the secret, under a key shared between the realms
	MAC          [32]byte         // over all of the above, under the unlock key
}

// StatementRealm is what a Statement says of one realm.
type StatementRealm struct {
	Key    PublicKey
	Public [32]byte // public key of the realm's share of the OPRF key
	Share  [32]byte // commitment to the realm's share of the sealing key
}

// core is everything but the MAC.
func (s *Statement) core() []byte {
	b := syntax.AppendUint8(nil, formatVersion)
	b = append(b, s.context()...)
	b = syntax.AppendUint8(b, uint8(s.Threshold))
	b = s.Stretch.append(b)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, r := range s.Realms {
			b = append(b, r.Key[:]...)
			b = append(b, r.Public[:]...)
			b = append(b, r.Share[:]...)
		}
		return b
	})
	return append(b, s.Sealed[:]...)
}

// context is what the keys of one registration are bound to.
func (s *Statement) context() []byte {
	return slices.Concat(s.Account[:], s.Recovery[:], s.Registration[:])
}

// Append appends the statement's encoding to b.
func (s *Statement) Append(b []byte) []byte { return append(append(b, s.core()...), s.MAC[:]...) }

// ParseStatement reads what Append writes. It checks numbers, distinct realm
// keys and stretch parameters, and that the public keys are group elements that
// belong to shares of the threshold; it cannot check the MAC, which needs the
// right PIN.
func ParseStatement(data []byte) (*Statement, error) {
	s := new(Statement)
	r := syntax.NewReader(data)
	readVersion(r)
	r.Copy(s.Account[:])
	r.Copy(s.Recovery[:])
	r.Copy(s.Registration[:])
	s.Threshold = int(r.Uint8())
	s.Stretch = readStretch(r)
	v := r.Vector()
	for v.More() {
		var realm StatementRealm
		v.Copy(realm.Key[:])
		v.Copy(realm.Public[:])
		v.Copy(realm.Share[:])
		if len(s.Realms) == MaxRealms || s.index(realm.Key) > 0 {
			v.Fail(ErrFormat)
			break
		}
		s.Realms = append(s.Realms, realm)
	}
	r.Close(v)
	r.Copy(s.Sealed[:])
	r.Copy(s.MAC[:])
	if err := r.Done(); err != nil {
		return nil, err
	}
	if s.Threshold > len(s.Realms) || 2*s.Threshold <= len(s.Realms) {
		return nil, ErrFormat
	}
	return s, s.checkPublics()
}

func (s *Statement) checkPublics() error {
	publics := make([]*voprf.Element, len(s.Realms))
	for i, r := range s.Realms {
		e, err := voprf.DecodeElement(r.Public[:])
		if err != nil {
			return ErrFormat
		}
		publics[i] = e
	}
	if !voprf.Consistent(publics, s.Threshold) {
		return ErrFormat
	}
	return nil
}

// index returns the index of the realm with this key, or 0.
func (s *Statement) index(key PublicKey) int {
	return 1 + slices.IndexFunc(s.Realms, func(r StatementRealm) bool { return r.Key == key })
}

// matches reports whether the statement is of this account, recovery method and
// realm set.
func (s *Statement) matches(set RealmSet, account AccountID, recovery RecoveryID) bool {
	if s.Account != account || s.Recovery != recovery || s.Threshold != set.Threshold ||
		s.Stretch != set.Stretch || len(s.Realms) != len(set.Realms) {
		return false
	}
	for i, r := range s.Realms {
		if !bytes.Equal(r.Key[:], set.Realms[i].Key[:]) {
			return false
		}
	}
	return true
}
