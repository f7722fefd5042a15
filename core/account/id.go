package account

import (
	"encoding/base32"
	"errors"
)

// ID names an account: the labelled hash of its genesis entry, so that it
// certifies itself.
type ID [32]byte

// KeyholderID names a keyholder of an account: the truncated labelled hash of
// its kind and of the public keys with which it was added.
type KeyholderID [16]byte

// ErrID means that a text is not the printed form of an id.
var ErrID = errors.New("account: malformed id")

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String returns the text form: 52 characters of unpadded lower-case base32.
func (id ID) String() string { return idText.EncodeToString(id[:]) }

// IsZero reports whether id is unset.
func (id ID) IsZero() bool { return id == ID{} }

// ParseID reads the text form, exactly as String prints it.
func ParseID(s string) (ID, error) {
	var id ID
	err := parseText(id[:], s)
	return id, err
}

// String returns the text form: 26 characters of unpadded lower-case base32.
func (id KeyholderID) String() string { return idText.EncodeToString(id[:]) }

// IsZero reports whether id is unset.
func (id KeyholderID) IsZero() bool { return id == KeyholderID{} }

// ParseKeyholderID reads the text form, exactly as String prints it.
func ParseKeyholderID(s string) (KeyholderID, error) {
	var id KeyholderID
	err := parseText(id[:], s)
	return id, err
}

// parseText fills dst and refuses every text but the one that dst prints as:
// other lengths, line breaks, and bits set beyond the last byte.
func parseText(dst []byte, s string) error {
	if len(s) != idText.EncodedLen(len(dst)) {
		return ErrID
	}
	b, err := idText.DecodeString(s)
	if err != nil || len(b) != len(dst) || idText.EncodeToString(b) != s {
		return ErrID
	}
	copy(dst, b)
	return nil
}
