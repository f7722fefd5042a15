package frank

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// TagSize is the size of a Tag in bytes.
const TagSize = sha256.Size

var (
	// ErrMalformed reports an encoding that is not of this package's making.
	ErrMalformed = errors.New("frank: malformed encoding")
	// ErrTag reports a tag that does not belong to the message: the sender's
	// message could not be reported, so it is refused.
	ErrTag = errors.New("frank: tag does not match the message")
	// ErrFrank reports a frank that the server did not give to this message.
	ErrFrank = errors.New("frank: frank does not verify")
	// ErrLimit reports a report with too many or too large messages.
	ErrLimit = errors.New("frank: limit exceeded")
)

// Tag commits to a message without showing it: HMAC-SHA256 of the message under
// the salt inside it. Its encoding is FrankAAD: the 32 bytes.
type Tag [TagSize]byte

// NewTag returns the tag of a message.
func NewTag(m *content.Message) Tag {
	salt := m.Salt()
	mac := hmac.New(sha256.New, salt[:])
	mac.Write(m.Bytes())
	return Tag(mac.Sum(nil))
}

// Open parses application data that came with the tag and checks both: the tag,
// and that the message names this sender and room. Errors wrap ErrTag or one of
// package content.
func (t Tag) Open(data []byte, sender, room content.URI) (*content.Message, content.MessageID, error) {
	m, id, err := content.Open(data, sender, room)
	if err != nil {
		return nil, content.MessageID{}, err
	}
	if want := NewTag(m); !hmac.Equal(want[:], t[:]) {
		return nil, content.MessageID{}, ErrTag
	}
	return m, id, nil
}

// Append appends the FrankAAD structure.
func (t Tag) Append(b []byte) []byte { return append(b, t[:]...) }

// ReadTag reads a FrankAAD structure.
func ReadTag(r *syntax.Reader) (t Tag) {
	r.Copy(t[:])
	return t
}

// ParseTag parses a FrankAAD structure.
func ParseTag(data []byte) (Tag, error) {
	r := syntax.NewReader(data)
	t := ReadTag(r)
	if err := r.Done(); err != nil {
		return Tag{}, fmt.Errorf("%w: tag: %w", ErrMalformed, err)
	}
	return t, nil
}
