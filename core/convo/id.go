package convo

import (
	"bytes"
	"encoding/base32"
	"strings"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// ID names a conversation: 32 bytes that follow from its creation, so a server
// cannot give one conversation's id to another (spec/conversation.md).
type ID [32]byte

var idText = base32.StdEncoding.WithPadding(base32.NoPadding)

// String returns the id's text form: 52 characters of lower-case base32.
func (id ID) String() string { return strings.ToLower(idText.EncodeToString(id[:])) }

// ParseID reads the text form, exactly as String prints it.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != idText.EncodedLen(len(id)) {
		return ID{}, ErrMalformed
	}
	b, err := idText.DecodeString(strings.ToUpper(s))
	if err != nil || len(b) != len(id) {
		return ID{}, ErrMalformed
	}
	copy(id[:], b)
	if id.String() != s {
		return ID{}, ErrMalformed // a line break, or bits beyond the last byte
	}
	return id, nil
}

// IDFromBytes copies b, which must have 32 bytes.
func IDFromBytes(b []byte) (ID, error) {
	var id ID
	if len(b) != len(id) {
		return ID{}, ErrMalformed
	}
	copy(id[:], b)
	return id, nil
}

// DirectID is the id of the one conversation that two accounts have on a host,
// whichever of them begins it. With a == b it is an account's notes to itself.
func DirectID(host string, a, b account.ID) ID {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	var in []byte
	in = syntax.AppendString(in, host)
	in = append(in, a[:]...)
	in = append(in, b[:]...)
	return ID(account.HashWithLabel("conversation direct", in))
}

// GroupID is the id of a group with the given creation nonce (32 random bytes).
func GroupID(host string, creator account.ID, nonce [32]byte) ID {
	var in []byte
	in = syntax.AppendString(in, host)
	in = append(in, creator[:]...)
	in = append(in, nonce[:]...)
	return ID(account.HashWithLabel("conversation group", in))
}

// MLSGroupID is the MLS group id of a generation: conversation id and generation.
func MLSGroupID(id ID, generation uint32) []byte {
	return syntax.AppendUint32(append([]byte(nil), id[:]...), generation)
}

// ParseMLSGroupID splits an MLS group id.
func ParseMLSGroupID(b []byte) (ID, uint32, error) {
	r := syntax.NewReader(b)
	var id ID
	r.Copy(id[:])
	generation := r.Uint32()
	if r.Done() != nil {
		return ID{}, 0, ErrMalformed
	}
	return id, generation, nil
}
