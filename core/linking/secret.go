package linking

import (
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	// CodeDigits is the length of a code.
	CodeDigits = 6
	codes      = 1_000_000

	linkPrefix  = "COFFER-LINK:"
	linkSecret  = 16
	linkVersion = 1
)

var (
	// ErrCode says that a text is neither a code nor a link.
	ErrCode = errors.New("linking: neither a code of six digits nor a link")
	// ErrLinkVersion says that a link is of a later version.
	ErrLinkVersion = errors.New("linking: a link of a later version")
)

// Side says which device shows the code or link.
type Side uint8

// The sides.
const (
	OldShows Side = 1 // the device that is in the account
	NewShows Side = 2 // the one that is to be linked
)

// Place is where two devices meet.
type Place struct {
	Host    account.Host
	Account account.ID
	Mailbox [16]byte
	Side    Side
}

// method is how the secret passes from screen to person or camera.
type method uint8

const (
	byCode method = 1
	byLink method = 2
)

// channelID is CI of CPace: who talks to whom about what.
func (p Place) channelID(m method) []byte {
	b := syntax.AppendString(nil, "Coffer 1.0 linking")
	b = syntax.AppendString(b, string(p.Host))
	b = append(b, p.Account[:]...)
	return append(b, byte(p.Side), byte(m))
}

// sessionID is sid of CPace: the mailbox, and the run in it.
func (p Place) sessionID(run uint8) []byte {
	return append(p.Mailbox[:len(p.Mailbox):len(p.Mailbox)], run)
}

// drawCode draws a code, each with the same probability.
func drawCode(rand io.Reader) (string, error) {
	const limit = 1<<24 - 1<<24%codes
	for {
		var b [3]byte
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return "", fmt.Errorf("linking: randomness: %w", err)
		}
		if n := int(b[0])<<16 | int(b[1])<<8 | int(b[2]); n < limit {
			return fmt.Sprintf("%06d", n%codes), nil
		}
	}
}

// ParseCode reads a code as somebody typed it: six digits, with spaces and
// hyphens anywhere.
func ParseCode(text string) (string, error) {
	code := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' {
			return -1
		}
		return r
	}, text)
	if len(code) != CodeDigits || strings.Trim(code, "0123456789") != "" {
		return "", ErrCode
	}
	return code, nil
}

// Link is what a QR code says. It holds a secret for as long as linking takes.
type Link struct {
	Place
	share  [shareSize]byte // the showing device's public share
	secret [linkSecret]byte
}

var linkEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Text returns the link as text, of characters that a QR code packs tightly.
func (l *Link) Text() string {
	b := syntax.AppendUint16(nil, linkVersion)
	b = append(b, byte(l.Side))
	b = append(b, l.Mailbox[:]...)
	b = append(b, l.Account[:]...)
	b = append(b, l.share[:]...)
	b = append(b, l.secret[:]...)
	b = syntax.AppendString(b, string(l.Host))
	return linkPrefix + linkEncoding.EncodeToString(b)
}

// ParseLink reads what Text returned, in upper or lower case.
func ParseLink(text string) (*Link, error) {
	rest, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(text)), linkPrefix)
	if !ok || len(rest) > 1024 {
		return nil, ErrCode
	}
	b, err := linkEncoding.DecodeString(rest)
	if err != nil {
		return nil, ErrCode
	}
	defer clear(b)
	r := syntax.NewReader(b)
	if v := r.Uint16(); r.Err() == nil && v != linkVersion {
		return nil, ErrLinkVersion
	}
	l := &Link{}
	l.Side = Side(r.Uint8())
	r.Copy(l.Mailbox[:])
	r.Copy(l.Account[:])
	r.Copy(l.share[:])
	r.Copy(l.secret[:])
	host := r.String()
	if r.Done() != nil || l.Side != OldShows && l.Side != NewShows {
		return nil, ErrCode
	}
	if l.Host, err = account.ParseHost(host); err != nil {
		return nil, ErrCode
	}
	return l, nil
}

// Format prints nothing of the secret.
func (l Link) Format(f fmt.State, _ rune) { io.WriteString(f, "linking.Link(redacted)") }
