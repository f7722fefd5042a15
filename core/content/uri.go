package content

import (
	"fmt"
	"strings"
)

// URI names an account or a conversation: mimi://HOST/u/ACCOUNTID or
// mimi://HOST/r/CONVERSATIONID. It is compared byte for byte.
type URI string

// URIKind tells what a URI names.
type URIKind byte

// The kinds of URI: the path's first segment.
const (
	URIUser URIKind = 'u'
	URIRoom URIKind = 'r'
)

const uriScheme = "mimi://"

// UserURI returns the URI of the account id on host, which may carry a port.
func UserURI(host, id string) (URI, error) { return newURI(host, URIUser, id) }

// RoomURI returns the URI of the conversation id on host.
func RoomURI(host, id string) (URI, error) { return newURI(host, URIRoom, id) }

func newURI(host string, kind URIKind, id string) (URI, error) {
	u := URI(uriScheme + host + "/" + string(kind) + "/" + id)
	if _, _, _, err := u.Split(); err != nil {
		return "", err
	}
	return u, nil
}

// Split returns the parts of a URI, or ErrInvalid if it is not of that form: a
// host of lower-case letters, digits, ".", "-", and for a port or an IPv6
// address ":", "[", "]"; an id of letters, digits, "-", ".", "_" and "~".
func (u URI) Split() (host string, kind URIKind, id string, err error) {
	rest, ok := strings.CutPrefix(string(u), uriScheme)
	parts := strings.Split(rest, "/")
	if !ok || len(u) > MaxURI || len(parts) != 3 || len(parts[1]) != 1 {
		return "", 0, "", fmt.Errorf("%w: uri", ErrInvalid)
	}
	host, kind, id = parts[0], URIKind(parts[1][0]), parts[2]
	if kind != URIUser && kind != URIRoom ||
		!allOf(host, 261, isHost) || !allOf(id, 128, isID) {
		return "", 0, "", fmt.Errorf("%w: uri", ErrInvalid)
	}
	return host, kind, id, nil
}

func allOf(s string, most int, ok func(byte) bool) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func isHost(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte(".-:[]", c) >= 0
}

func isID(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("-._~", c) >= 0
}
