package invite

import (
	"errors"
	"strings"

	"github.com/coffer-chat/coffer/core/account"
)

// ErrLink means that a text is no invite link.
var ErrLink = errors.New("invite: malformed link")

const scheme = "coffer://"

// Link is what an invite link says. The secret stands in its fragment, which no
// program sends to a server.
type Link struct {
	Host    account.Host
	Inviter account.ID
	Secret  Secret
}

// Text returns the link, coffer://HOST/join/ACCOUNT#SECRET. Who has it may ask to
// be added.
func (l Link) Text() string {
	return scheme + string(l.Host) + "/join/" + l.Inviter.String() + "#" + text.EncodeToString(l.Secret.b[:])
}

// ParseLink reads a link exactly as Text writes it.
func ParseLink(s string) (Link, error) {
	rest, ok := strings.CutPrefix(s, scheme)
	host, rest, _ := strings.Cut(rest, "/join/")
	id, secret, _ := strings.Cut(rest, "#")
	h, err := account.ParseHost(host)
	if err != nil || !ok {
		return Link{}, ErrLink
	}
	inviter, err := account.ParseID(id)
	if err != nil {
		return Link{}, ErrLink
	}
	if len(secret) != text.EncodedLen(SecretSize) {
		return Link{}, ErrLink
	}
	b, err := text.DecodeString(secret)
	if err != nil || text.EncodeToString(b) != secret {
		return Link{}, ErrLink
	}
	x, err := SecretFromBytes(b)
	return Link{h, inviter, x}, err
}
