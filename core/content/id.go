package content

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
)

const (
	// SaltSize is the size of a Salt in bytes.
	SaltSize = 16
	// MessageIDSize is the size of a MessageID in bytes.
	MessageIDSize = 32

	// hashSHA256 is SHA-256 in IANA's registry of named information hash
	// algorithms, and the first byte of every message id.
	hashSHA256 = 1
)

// Salt makes each message unlike every other and keys its franking tag.
type Salt [SaltSize]byte

// NewSalt reads a fresh salt from rand.
func NewSalt(rand io.Reader) (Salt, error) {
	var s Salt
	if _, err := io.ReadFull(rand, s[:]); err != nil {
		return Salt{}, fmt.Errorf("content: reading randomness: %w", err)
	}
	return s, nil
}

// MessageID names a message by its content, sender and room. The zero value
// names none.
type MessageID [MessageIDSize]byte

// ParseMessageID parses what String prints.
func ParseMessageID(s string) (MessageID, error) {
	var id MessageID
	if len(s) != 2*MessageIDSize {
		return id, fmt.Errorf("%w: message id", ErrInvalid)
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil || !id.valid() {
		return MessageID{}, fmt.Errorf("%w: message id", ErrInvalid)
	}
	return id, nil
}

// String returns the id in lower-case hexadecimal.
func (id MessageID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether id names no message.
func (id MessageID) IsZero() bool { return id == MessageID{} }

// valid reports whether id was made with a hash algorithm that we know; others
// are to be discarded (draft-ietf-mimi-content, "General handling").
func (id MessageID) valid() bool { return id[0] == hashSHA256 }

// ComputeID returns the id of the message with the encoding data, which must
// begin as a message does (draft-ietf-mimi-content, "Message ID"). Most callers
// have a Message and use its ID method.
func ComputeID(sender, room URI, salt Salt, data []byte) MessageID {
	h := sha256.New()
	for _, u := range []URI{sender, room} {
		var n [2]byte
		binary.BigEndian.PutUint16(n[:], uint16(len(u)))
		h.Write(n[:])
		io.WriteString(h, string(u))
	}
	h.Write(data)
	h.Write(salt[:])
	var id MessageID
	id[0] = hashSHA256
	copy(id[1:], h.Sum(nil))
	return id
}
