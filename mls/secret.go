package mls

import (
	"crypto/subtle"
	"fmt"
	"io"
)

// Secret is key material. It prints redacted whatever the verb, and is compared
// with Equal only.
type Secret []byte

// Equal reports in constant time whether two secrets are the same.
func (s Secret) Equal(o Secret) bool { return subtle.ConstantTimeCompare(s, o) == 1 }

// MarshalText hides the value from encoding/json and others.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Format implements fmt.Formatter and hides the value.
func (s Secret) Format(f fmt.State, _ rune) { redact(f, "mls.Secret") }

// String hides the value.
func (s Secret) String() string { return "mls.Secret(redacted)" }

// GoString hides the value.
func (s Secret) GoString() string { return s.String() }

func redact(w io.Writer, name string) {
	// A write to fmt's own buffer cannot fail.
	_, _ = io.WriteString(w, name+"(redacted)")
}

// HPKEPrivateKey is a serialised HPKE private key (RFC 9180, section 7.1.2). It
// prints redacted.
type HPKEPrivateKey []byte

// Equal reports in constant time whether two keys are the same.
func (k HPKEPrivateKey) Equal(o HPKEPrivateKey) bool { return subtle.ConstantTimeCompare(k, o) == 1 }

// MarshalText hides the value from encoding/json and others.
func (k HPKEPrivateKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Format implements fmt.Formatter and hides the value.
func (k HPKEPrivateKey) Format(f fmt.State, _ rune) { redact(f, "mls.HPKEPrivateKey") }

// String hides the value.
func (k HPKEPrivateKey) String() string { return "mls.HPKEPrivateKey(redacted)" }

// GoString hides the value.
func (k HPKEPrivateKey) GoString() string { return k.String() }
