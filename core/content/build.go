package content

import (
	"fmt"
	"unicode/utf8"
)

// Media types of what this package writes.
const (
	TypePlain    = "text/plain;charset=utf-8"
	TypeMarkdown = "text/markdown;variant=GFM-MIMI"
	TypeInfo     = "application/vnd.coffer.info+cbor"
)

// Header is what every message says besides its content.
type Header struct {
	// Salt must be fresh: see NewSalt.
	Salt Salt
	// Sender and Room are those under which the log will carry the message.
	Sender, Room URI
	// ReplyTo is the message that this one answers, or zero. An edit or unsend
	// repeats what its target had. Reactions ignore it.
	ReplyTo MessageID
	// Topic groups messages; usually empty.
	Topic []byte
	// Expires is when to delete the message; zero for never.
	Expires Expiration
	// Other are further extensions; usually none.
	Other Extensions
}

// Text is the content of a message as a person writes it.
type Text struct {
	// Text may be empty if there are attachments.
	Text        string
	Attachments []Attachment
	// Markdown says that Text is Markdown: it holds links to people.
	Markdown bool
}

// NewMessage returns a new message: a text, attachments, or both; a reply if the
// header says so.
func NewMessage(h Header, t Text) (*Message, error) {
	part, err := t.part()
	if err != nil {
		return nil, err
	}
	return h.build(MessageID{}, h.ReplyTo, part)
}

// NewEdit returns a message that puts t in the place of target, which is always
// the first version, not an earlier edit.
func NewEdit(h Header, target MessageID, t Text) (*Message, error) {
	part, err := t.part()
	if err != nil {
		return nil, err
	}
	if !target.valid() {
		return nil, fmt.Errorf("%w: edit without target", ErrInvalid)
	}
	return h.build(target, h.ReplyTo, part)
}

// NewUnsend returns a message that takes target, the first version, back for
// everyone.
func NewUnsend(h Header, target MessageID) (*Message, error) {
	if !target.valid() {
		return nil, fmt.Errorf("%w: unsend without target", ErrInvalid)
	}
	return h.build(target, h.ReplyTo, Part{Disposition: DispositionRender, Body: NullPart{}})
}

// NewReaction returns a reaction to target, typically one emoji.
func NewReaction(h Header, target MessageID, emoji string) (*Message, error) {
	if !target.valid() || emoji == "" || len(emoji) > MaxReaction || !utf8.ValidString(emoji) {
		return nil, fmt.Errorf("%w: reaction", ErrInvalid)
	}
	return h.build(MessageID{}, target, Part{
		Disposition: DispositionReaction,
		Body:        &SinglePart{MediaType: TypePlain, Content: []byte(emoji)},
	})
}

// NewUnreaction returns a message that takes back the sender's own reaction to
// target.
func NewUnreaction(h Header, reaction, target MessageID) (*Message, error) {
	if !reaction.valid() || !target.valid() {
		return nil, fmt.Errorf("%w: unreaction without target", ErrInvalid)
	}
	return h.build(reaction, target, Part{Disposition: DispositionReaction, Body: NullPart{}})
}

func (h Header) build(replaces, inReplyTo MessageID, part Part) (*Message, error) {
	if _, kind, _, err := h.Sender.Split(); err != nil || kind != URIUser {
		return nil, fmt.Errorf("%w: sender uri", ErrInvalid)
	}
	if _, kind, _, err := h.Room.Split(); err != nil || kind != URIRoom {
		return nil, fmt.Errorf("%w: room uri", ErrInvalid)
	}
	return New(Fields{
		Salt: h.Salt, Replaces: replaces, Topic: h.Topic, Expires: h.Expires,
		InReplyTo: inReplyTo, Sender: h.Sender, Room: h.Room, Other: h.Other, Part: part,
	})
}

func (t Text) part() (Part, error) {
	var parts []Part
	if len(t.Text) > MaxText || len(t.Attachments) > MaxAttachments {
		return Part{}, fmt.Errorf("%w: text or attachments", ErrLimit)
	}
	if !utf8.ValidString(t.Text) {
		return Part{}, fmt.Errorf("%w: text is not UTF-8", ErrInvalid)
	}
	if t.Text != "" {
		kind := TypePlain
		if t.Markdown {
			kind = TypeMarkdown
		}
		parts = append(parts, Part{
			Disposition: DispositionRender,
			Body:        &SinglePart{MediaType: kind, Content: []byte(t.Text)},
		})
	}
	for i := range t.Attachments {
		p, err := t.Attachments[i].part()
		if err != nil {
			return Part{}, err
		}
		parts = append(parts, p)
	}
	switch len(parts) {
	case 0:
		return Part{}, fmt.Errorf("%w: message without content", ErrInvalid)
	case 1:
		return parts[0], nil
	}
	return Part{Disposition: DispositionRender, Body: &MultiPart{Semantics: ProcessAll, Parts: parts}}, nil
}
