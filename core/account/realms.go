package account

import (
	"errors"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	// MaxRealms is the largest number of realms in a set.
	MaxRealms = 16
	// MaxRealmURL is the length limit of a realm's URL in bytes.
	MaxRealmURL = 256
)

// ErrRealms means that a realm set is not allowed: more than MaxRealms, a
// realm twice, an unusable URL or key, or a threshold not above half or above
// the number of realms.
var ErrRealms = errors.New("account: realm set not allowed")

// Realm is an independently operated guardian of shares and witness of heads.
type Realm struct {
	URL string       // http or https, printable ASCII, at most MaxRealmURL bytes
	Key SignatureKey // what it signs with
}

// RealmSet lists realms and how many of them must work together. The zero
// value is the empty set.
type RealmSet struct {
	Realms    []Realm
	Threshold uint8
}

// Check returns ErrRealms unless the set is empty or n realms with a threshold
// t, n/2 < t <= n.
func (s RealmSet) Check() error {
	n, t := len(s.Realms), int(s.Threshold)
	if n == 0 && t == 0 {
		return nil
	}
	if n > MaxRealms || t > n || 2*t <= n {
		return ErrRealms
	}
	for i, a := range s.Realms {
		if !validRealmURL(a.URL) {
			return ErrRealms
		}
		if _, err := ParseSignatureKey(a.Key[:]); err != nil {
			return ErrRealms
		}
		for _, b := range s.Realms[:i] {
			if a.URL == b.URL || a.Key == b.Key {
				return ErrRealms
			}
		}
	}
	return nil
}

// validRealmURL is a coarse check: who connects parses the URL. It keeps
// spaces, control characters and fragments out of the chain.
func validRealmURL(s string) bool {
	const http, https = "http://", "https://"
	rest := ""
	switch {
	case len(s) > MaxRealmURL || !utf8.ValidString(s):
		return false
	case len(s) > len(https) && s[:len(https)] == https:
		rest = s[len(https):]
	case len(s) > len(http) && s[:len(http)] == http:
		rest = s[len(http):]
	default:
		return false
	}
	for i := range len(rest) {
		if c := rest[i]; c <= ' ' || c >= 0x7f || c == '#' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (s RealmSet) append(b []byte) []byte {
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, realm := range s.Realms {
			b = syntax.AppendString(b, realm.URL)
			b = append(b, realm.Key[:]...)
		}
		return b
	})
	return syntax.AppendUint8(b, s.Threshold)
}

func readRealmSet(r *syntax.Reader) (s RealmSet) {
	v := r.Vector()
	for v.More() {
		if len(s.Realms) == MaxRealms {
			v.Fail(ErrRealms)
			break
		}
		s.Realms = append(s.Realms, Realm{v.String(), readSignatureKey(v)})
	}
	r.Close(v)
	s.Threshold = r.Uint8()
	if r.Err() == nil {
		if err := s.Check(); err != nil {
			r.Fail(err)
		}
	}
	return s
}
