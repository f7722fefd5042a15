package invite

import (
	"errors"
	"slices"
	"strings"

	"github.com/coffer-chat/coffer/core/account"
)

// ErrLink means that a text is no invite link.
var ErrLink = errors.New("invite: malformed link")

const scheme = "coffer://"

// Link is what an invite link says. The secret stands in its fragment, which no
// program sends to a server.
type Link struct {
	Host account.Host
	// Ask are the accounts to be asked, all different: first the one that has made
	// the link, then up to MaxAsk-1 other admins of the group.
	Ask    []account.ID
	Secret Secret
}

// MaxAsk is how many accounts a link names: few enough for a QR code.
const MaxAsk = 4

// Text returns the link, coffer://HOST/join/ACCOUNT,ACCOUNT#SECRET. Who has it may
// ask to be added.
func (l Link) Text() string {
	names := make([]string, len(l.Ask))
	for i, id := range l.Ask {
		names[i] = id.String()
	}
	return scheme + string(l.Host) + "/join/" + strings.Join(names, ",") + "#" + text.EncodeToString(l.Secret.b[:])
}

// ParseLink reads a link exactly as Text writes it.
func ParseLink(s string) (Link, error) {
	rest, ok := strings.CutPrefix(s, scheme)
	host, rest, _ := strings.Cut(rest, "/join/")
	names, secret, _ := strings.Cut(rest, "#")
	h, err := account.ParseHost(host)
	if err != nil || !ok {
		return Link{}, ErrLink
	}
	if strings.Count(names, ",") >= MaxAsk {
		return Link{}, ErrLink
	}
	l := Link{Host: h}
	for name := range strings.SplitSeq(names, ",") {
		id, err := account.ParseID(name)
		if err != nil || slices.Contains(l.Ask, id) {
			return Link{}, ErrLink
		}
		l.Ask = append(l.Ask, id)
	}
	if len(secret) != text.EncodedLen(SecretSize) {
		return Link{}, ErrLink
	}
	b, err := text.DecodeString(secret)
	if err != nil || text.EncodeToString(b) != secret {
		return Link{}, ErrLink
	}
	l.Secret, err = SecretFromBytes(b)
	return l, err
}
