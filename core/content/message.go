package content

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/coffer-chat/coffer/core/content/internal/dcbor"
)

// Expiration is when a message is to be deleted. The zero value is never.
type Expiration struct {
	// Relative: Seconds count from when the receiver read the message. Otherwise
	// they count from 1970.
	Relative bool
	Seconds  uint32
}

// IsZero reports whether e is never.
func (e Expiration) IsZero() bool { return e == Expiration{} }

// maxExpiry is how far from its acceptance a message may expire.
const maxExpiry = 366 * 24 * 3600

// Plausible reports whether a message accepted at the given time, in
// milliseconds since 1970, can mean this expiry: not more than a year away. A
// message that fails is to be discarded (draft-ietf-mimi-content, "General
// handling").
func (e Expiration) Plausible(acceptedMs uint64) bool {
	if e.Relative {
		return e.Seconds <= maxExpiry
	}
	if e.IsZero() {
		return true
	}
	accepted := acceptedMs / 1000
	at := uint64(e.Seconds)
	return at <= accepted+maxExpiry && at+maxExpiry >= accepted
}

// Fields are the fields of a message, in the draft's order.
type Fields struct {
	Salt Salt
	// Replaces is the message that this one edits or unsends, or zero.
	Replaces MessageID
	// Topic groups messages; empty for none.
	Topic []byte
	// Expires is when to delete the message; zero for never.
	Expires Expiration
	// InReplyTo is the message that this one answers or reacts to, or zero.
	InReplyTo MessageID
	// Sender and Room are the extensions 1 and 2; empty if missing.
	Sender, Room URI
	// Other are the other extensions.
	Other Extensions
	Part  Part
}

// Message is a valid MIMI content message. It is immutable: what its methods
// return must not be modified.
type Message struct {
	raw    []byte
	fields Fields
}

// New makes a message of fields.
func New(f Fields) (*Message, error) {
	b := make([]byte, 0, 512)
	b = dcbor.AppendArray(b, 7)
	b = dcbor.AppendBytes(b, f.Salt[:])
	b = appendID(b, f.Replaces)
	b = dcbor.AppendBytes(b, f.Topic)
	if f.Expires.IsZero() {
		b = dcbor.AppendNull(b)
	} else {
		b = dcbor.AppendArray(b, 2)
		b = dcbor.AppendBool(b, f.Expires.Relative)
		b = dcbor.AppendUint(b, uint64(f.Expires.Seconds))
	}
	b = appendID(b, f.InReplyTo)
	ext := f.Other
	if f.Sender != "" {
		ext = append(ext[:len(ext):len(ext)], Extension{keySender, dcbor.AppendText(nil, string(f.Sender))})
	}
	if f.Room != "" {
		ext = append(ext[:len(ext):len(ext)], Extension{keyRoom, dcbor.AppendText(nil, string(f.Room))})
	}
	b = ext.appendMap(b)
	if !complete(&f.Part, MaxPartDepth) {
		return nil, fmt.Errorf("%w: part without body, or too deep", ErrInvalid)
	}
	b = f.Part.append(b)
	// Parsing the result holds it to the same rules as what others send.
	return Parse(b)
}

// complete reports whether every part has a body, so that it can be encoded.
func complete(p *Part, depth int) bool {
	if depth == 0 {
		return false
	}
	switch b := p.Body.(type) {
	case NullPart:
		return true
	case *SinglePart:
		return b != nil
	case *ExternalPart:
		return b != nil
	case *MultiPart:
		for i := 0; b != nil && i < len(b.Parts); i++ {
			if !complete(&b.Parts[i], depth-1) {
				return false
			}
		}
		return b != nil
	}
	return false
}

// Parse reads a message. It keeps a copy of data. Errors wrap ErrMalformed or
// ErrLimit.
func Parse(data []byte) (*Message, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%w: message size", ErrLimit)
	}
	m := &Message{raw: bytes.Clone(data)}
	if err := m.parse(); err != nil {
		if errors.Is(err, ErrLimit) || errors.Is(err, ErrMalformed) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return m, nil
}

func (m *Message) parse() error {
	r := dcbor.NewReader(m.raw)
	f := &m.fields
	if n := r.Array(); r.Err() == nil && n != 7 {
		return errShape
	}
	if salt := r.Bytes(); len(salt) == SaltSize {
		f.Salt = Salt(salt)
	} else {
		r.Fail(dcbor.ErrRange)
	}
	f.Replaces = readID(r)
	f.Topic = r.Bytes()
	if len(f.Topic) > MaxTopic {
		return fmt.Errorf("%w: topic", ErrLimit)
	}
	f.Expires = readExpiration(r)
	f.InReplyTo = readID(r)
	if r.Err() != nil {
		return r.Err()
	}
	ext, err := readExtensions(r, MaxExtensionValue)
	if err != nil {
		return err
	}
	if err := f.splitExtensions(ext); err != nil {
		return err
	}
	parts := partReader{Reader: r}
	f.Part = parts.part(1)
	return r.Done()
}

func (f *Fields) splitExtensions(ext Extensions) error {
	for _, x := range ext {
		var to *URI
		switch x.Key {
		case keySender:
			to = &f.Sender
		case keyRoom:
			to = &f.Room
		default:
			f.Other = append(f.Other, x)
			continue
		}
		r := partReader{Reader: dcbor.NewReader(x.Value)}
		*to = URI(r.name(MaxURI))
		if err := r.Done(); err != nil {
			return err
		}
		if *to == "" {
			return fmt.Errorf("%w: empty uri", ErrMalformed)
		}
	}
	return nil
}

func readExpiration(r *dcbor.Reader) Expiration {
	if r.Null() {
		return Expiration{}
	}
	if n := r.Array(); r.Err() == nil && n != 2 {
		r.Fail(errShape)
	}
	e := Expiration{Relative: r.Bool(), Seconds: uint32(r.Uint(math.MaxUint32))}
	if r.Err() == nil && e.IsZero() {
		r.Fail(dcbor.ErrRange) // 1970 would read as never
	}
	return e
}

func readID(r *dcbor.Reader) (id MessageID) {
	if r.Null() {
		return id
	}
	b := r.Bytes()
	if len(b) == MessageIDSize {
		id = MessageID(b)
	}
	if !id.valid() {
		r.Fail(dcbor.ErrRange)
		return MessageID{}
	}
	return id
}

func appendID(b []byte, id MessageID) []byte {
	if id.IsZero() {
		return dcbor.AppendNull(b)
	}
	return dcbor.AppendBytes(b, id[:])
}

// Bytes returns the encoding: what is franked, encrypted and hashed.
func (m *Message) Bytes() []byte { return m.raw }

// Fields returns the message's fields.
func (m *Message) Fields() Fields { return m.fields }

// Salt returns the message's salt.
func (m *Message) Salt() Salt { return m.fields.Salt }

// ID returns the message's id, given the sender and room that the log vouches
// for.
func (m *Message) ID(sender, room URI) MessageID {
	return ComputeID(sender, room, m.fields.Salt, m.raw)
}

// Open parses a message, checks that it was written by sender for room, and
// returns its id. Besides Parse's errors there is ErrContext.
func Open(data []byte, sender, room URI) (*Message, MessageID, error) {
	m, err := Parse(data)
	if err != nil {
		return nil, MessageID{}, err
	}
	if m.fields.Sender != sender || m.fields.Room != room || sender == "" || room == "" {
		return nil, MessageID{}, ErrContext
	}
	return m, m.ID(sender, room), nil
}
