package pinvault

import (
	"crypto/hmac"
	"errors"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// MaxRealms is the largest number of realms that one secret is shared between.
const MaxRealms = 16

// Errors about realm sets.
var (
	// ErrRealmSet says that a set breaks the rules of RealmSet.Check.
	ErrRealmSet = errors.New("pinvault: realm set is not acceptable")
	// ErrRealmSetMAC says that realms, threshold or stretch parameters are not
	// those that the person set: the server, or the chain, names others.
	ErrRealmSetMAC = errors.New("pinvault: realm set is not the one that was registered")
)

// RealmSet is the realms of one registration. A realm's index, counted from 1,
// is its place in Realms.
type RealmSet struct {
	Realms    []Realm
	Threshold int // how many are needed to open: more than half, at most all
	Stretch   StretchParams
}

// Check returns ErrRealmSet, ErrRealmName or ErrStretch unless there are 1 to
// MaxRealms realms with keys and URLs of their own and more than half are needed.
func (s RealmSet) Check() error {
	n := len(s.Realms)
	if n < 1 || n > MaxRealms || s.Threshold > n || 2*s.Threshold <= n {
		return ErrRealmSet
	}
	for i, r := range s.Realms {
		if err := r.check(); err != nil {
			return err
		}
		for _, other := range s.Realms[:i] {
			if other.Key == r.Key || other.URL == r.URL {
				return ErrRealmSet
			}
		}
	}
	return s.Stretch.Check()
}

// Append appends the set's encoding: URLs, keys, threshold, stretch parameters.
func (s RealmSet) Append(b []byte) []byte {
	b = syntax.AppendUint8(b, formatVersion)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, r := range s.Realms {
			b = syntax.AppendString(b, r.URL)
			b = append(b, r.Key[:]...)
		}
		return b
	})
	b = syntax.AppendUint8(b, uint8(s.Threshold))
	return s.Stretch.append(b)
}

// ParseRealmSet reads what Append writes and checks it.
func ParseRealmSet(data []byte) (RealmSet, error) {
	var s RealmSet
	r := syntax.NewReader(data)
	readVersion(r)
	v := r.Vector()
	for v.More() {
		if len(s.Realms) == MaxRealms {
			v.Fail(ErrRealmSet)
			break
		}
		realm := Realm{URL: v.String()}
		v.Copy(realm.Key[:])
		s.Realms = append(s.Realms, realm)
	}
	r.Close(v)
	s.Threshold = int(r.Uint8())
	s.Stretch = readStretch(r)
	if err := r.Done(); err != nil {
		return RealmSet{}, err
	}
	return s, s.Check()
}

// MAC protects the set against the account's server, which keeps it: it is given
// out after sign-in only and is never in the chain.
func (s RealmSet) MAC(key MACKey, account AccountID, recovery RecoveryID) [32]byte {
	b := append(append([]byte(nil), account[:]...), recovery[:]...)
	return mac(key.b[:], labelRealmSet, s.Append(b))
}

// VerifyMAC returns ErrRealmSetMAC unless tag is the set's. A fresh device calls
// it before any realm sees anything of a PIN.
func (s RealmSet) VerifyMAC(key MACKey, account AccountID, recovery RecoveryID, tag []byte) error {
	want := s.MAC(key, account, recovery)
	if !hmac.Equal(want[:], tag) {
		return ErrRealmSetMAC
	}
	return nil
}
