package pinvault

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MinPINLength and MaxPINBytes bound a PIN: at least so many characters, at most
// so many bytes.
const (
	MinPINLength = 6
	MaxPINBytes  = 256
)

// Why a PIN is refused.
var (
	// ErrPINShort says that a PIN has fewer than MinPINLength characters.
	ErrPINShort = errors.New("pinvault: PIN is too short")
	// ErrPINLong says that a PIN has more than MaxPINBytes bytes.
	ErrPINLong = errors.New("pinvault: PIN is too long")
	// ErrPINText says that a PIN is not text on one line.
	ErrPINText = errors.New("pinvault: PIN has characters that cannot be typed")
	// ErrPINTrivial says that a PIN is among the first that anyone would try.
	ErrPINTrivial = errors.New("pinvault: PIN is too easy to guess")
)

// PIN is a PIN as typed, without white space around it. CheckPIN or ParsePIN
// makes one.
type PIN struct {
	_    [0]func()
	text string
}

// ParsePIN takes a PIN that is to be tried. It refuses only what no PIN can be,
// so that a PIN accepted by an older version can always be typed.
func ParsePIN(typed string) (PIN, error) {
	text := strings.TrimSpace(typed)
	if len(text) > MaxPINBytes {
		return PIN{}, ErrPINLong
	}
	if !utf8.ValidString(text) || strings.IndexFunc(text, unicode.IsControl) >= 0 {
		return PIN{}, ErrPINText
	}
	if utf8.RuneCountInString(text) < MinPINLength {
		return PIN{}, ErrPINShort
	}
	return PIN{text: text}, nil
}

// CheckPIN takes a PIN that is to be set: what ParsePIN refuses, and what is
// among the first that a thief would try (spec/pin.md, "PIN rules").
func CheckPIN(typed string) (PIN, error) {
	p, err := ParsePIN(typed)
	if err != nil {
		return PIN{}, err
	}
	if trivial(strings.ToLower(p.text)) {
		return PIN{}, ErrPINTrivial
	}
	return p, nil
}

// Numeric reports whether the PIN is digits only. With fewer than a threshold of
// independent operators, a client should then suggest a passphrase.
func (p PIN) Numeric() bool {
	return strings.IndexFunc(p.text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// Is reports whether the PIN is the given text: a caller must refuse a PIN that
// is also the password.
func (p PIN) Is(text string) bool { return p.text == strings.TrimSpace(text) }

// String hides the PIN.
func (p PIN) String() string { return redacted }

// GoString hides the PIN.
func (p PIN) GoString() string { return redacted }

// Format hides the PIN under every verb.
func (p PIN) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }
