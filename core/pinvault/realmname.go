package pinvault

import (
	"encoding/base32"
	"errors"
	"strings"
)

// MaxURL is the longest URL of a realm in bytes.
const MaxURL = 512

// ErrRealmName says that a text is not URL#KEY.
var ErrRealmName = errors.New("pinvault: not a realm: want http(s)://host/path#key")

// Realm names one realm: where it is and which key it signs with.
type Realm struct {
	URL string // http or https, without trailing slash, query and fragment
	Key PublicKey
}

var keyText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String returns the key in unpadded lower-case base32, 52 characters.
func (k PublicKey) String() string { return keyText.EncodeToString(k[:]) }

// ParsePublicKey reads what PublicKey.String writes, in either case.
func ParsePublicKey(text string) (PublicKey, error) {
	if len(text) != keyText.EncodedLen(len(PublicKey{})) {
		return PublicKey{}, ErrRealmName
	}
	b, err := keyText.DecodeString(strings.ToLower(text))
	if err != nil || keyText.EncodeToString(b) != strings.ToLower(text) {
		return PublicKey{}, ErrRealmName
	}
	return PublicKey(b), nil
}

// ParseRealm reads URL#KEY, the form in which realms are given to people and to
// commands. A trailing slash of the URL is dropped.
func ParseRealm(text string) (Realm, error) {
	url, key, ok := strings.Cut(text, "#")
	if !ok {
		return Realm{}, ErrRealmName
	}
	k, err := ParsePublicKey(key)
	if err != nil {
		return Realm{}, err
	}
	r := Realm{URL: strings.TrimRight(url, "/"), Key: k}
	return r, r.check()
}

// String returns URL#KEY.
func (r Realm) String() string { return r.URL + "#" + r.Key.String() }

func (r Realm) check() error {
	rest, ok := strings.CutPrefix(r.URL, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(r.URL, "http://"); !ok {
			return ErrRealmName
		}
	}
	host, _, _ := strings.Cut(rest, "/")
	plain := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`#?@"<>\^{|}`+"`", c) }
	if host == "" || host[0] == ':' || len(r.URL) > MaxURL || r.URL[len(r.URL)-1] == '/' || strings.IndexFunc(r.URL, plain) >= 0 {
		return ErrRealmName
	}
	if r.Key == (PublicKey{}) {
		return ErrRealmName
	}
	return nil
}
