package content

import (
	"strings"
	"unicode/utf8"
)

// Kind is what a message does.
type Kind uint8

// The kinds of message. An edit's, unsend's or unreaction's effect depends on
// its target, which only the log knows: the target's sender must be the same,
// and whether a null part takes back a message or a reaction is decided by what
// the target is.
const (
	// KindOther is a valid message of which nothing can be shown.
	KindOther Kind = iota
	// KindText is a text without attachments.
	KindText
	// KindAttachment is one or more attachments, perhaps with a text.
	KindAttachment
	KindEdit
	KindUnsend
	KindReaction
	KindUnreaction
	KindInfo
	KindJoin
	KindProfile
	KindInvite
	KindHistory
)

var kindNames = [...]string{"other", "text", "attachment", "edit", "unsend", "reaction", "unreaction", "info", "join", "profile", "invite", "history"}

// String returns the kind's name.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "invalid"
}

// View is a message as a client shows it.
type View struct {
	Kind Kind
	// Target is the message that is edited, unsent or reacted to, and of an
	// unreaction the reaction that is taken back.
	Target MessageID
	// ReplyTo is the message that a text, attachment or edit answers, or zero.
	ReplyTo MessageID
	// Text is the text, or of a reaction the emoji. It is UTF-8 but otherwise the
	// sender's: control characters must not reach a terminal.
	Text string
	// Mentions are the links to accounts in Text, in its order.
	Mentions []Mention
	// Attachments in the sender's order.
	Attachments []Attachment
	// Info is set for KindInfo.
	Info *Info
	// Join is set for KindJoin.
	Join *Join
	// Profile is set for KindProfile.
	Profile *Profile
	// Invite is set for KindInvite.
	Invite *Invite
	// Given is set for KindHistory.
	Given []byte
	// Expires is when the message is to be deleted.
	Expires Expiration
}

// Classify returns what a message does.
func Classify(m *Message) Kind { return m.View().Kind }

// View returns the message as a client shows it. Parts that are not understood
// are left out by the rules of their semantics.
func (m *Message) View() View {
	f := &m.fields
	v := View{Expires: f.Expires}
	if _, null := f.Part.Body.(NullPart); null {
		return retraction(f, v)
	}
	switch f.Part.Disposition {
	case DispositionReaction:
		if text, ok := plainText(&f.Part, MaxReaction); ok && text != "" && f.Replaces.IsZero() && !f.InReplyTo.IsZero() {
			v.Kind, v.Target, v.Text = KindReaction, f.InReplyTo, text
		}
		return v
	case DispositionProfile:
		if single, ok := f.Part.Body.(*SinglePart); ok && f.Replaces.IsZero() {
			v.about(single)
		}
		return v
	}
	s, ok := show(&f.Part)
	v.Attachments, v.ReplyTo = s.attachments, f.InReplyTo
	v.say(s.texts)
	switch {
	case !f.Replaces.IsZero() && ok:
		v.Kind, v.Target = KindEdit, f.Replaces
	case len(s.attachments) > 0:
		v.Kind = KindAttachment
	case ok:
		v.Kind = KindText
	}
	return v
}

// about reads what says something about the conversation or its people.
func (v *View) about(p *SinglePart) {
	switch p.MediaType {
	case TypeInfo:
		if info, err := parseInfo(p.Content); err == nil {
			v.Kind, v.Info = KindInfo, info
		}
	case TypeJoin:
		if join, err := parseJoin(p.Content); err == nil {
			v.Kind, v.Join = KindJoin, join
		}
	case TypeHistory:
		if n := len(p.Content); n > 0 && n <= MaxHistory {
			v.Kind, v.Given = KindHistory, p.Content
		}
	case TypeProfile:
		if profile, err := ParseProfile(p.Content); err == nil {
			v.Kind, v.Profile = KindProfile, profile
		}
	case TypeInvite:
		if invite, err := ParseInvite(p.Content); err == nil {
			v.Kind, v.Invite = KindInvite, invite
		}
	}
}

func retraction(f *Fields, v View) View {
	switch {
	case f.Replaces.IsZero():
	case f.Part.Disposition == DispositionReaction:
		v.Kind, v.Target = KindUnreaction, f.Replaces
	default:
		v.Kind, v.Target = KindUnsend, f.Replaces
	}
	return v
}

// shown is what can be shown of a part.
type shown struct {
	texts       []written
	attachments []Attachment
}

// written is a text and whether it is Markdown.
type written struct {
	text     string
	markdown bool
}

// say writes texts one under the other.
func (v *View) say(texts []written) {
	var b strings.Builder
	for i, x := range texts {
		if i > 0 {
			b.WriteByte('\n')
		}
		if x.markdown {
			v.Mentions = mentions(x.text, b.Len(), v.Mentions)
		}
		b.WriteString(x.text)
	}
	v.Text = b.String()
}

// show returns what can be shown of p; ok is false if nothing can.
func show(p *Part) (s shown, ok bool) {
	if a, isFile := p.attachment(); isFile {
		return shown{attachments: []Attachment{a}}, true
	}
	if text, isText := plainText(p, MaxText); isText {
		return shown{texts: []written{{text, isMarkdown(p.Body.(*SinglePart).MediaType)}}}, true
	}
	m, isMulti := p.Body.(*MultiPart)
	if !isMulti {
		return s, false
	}
	for i := range m.Parts {
		part, understood := show(&m.Parts[i])
		switch {
		case understood && m.Semantics == ChooseOne:
			return part, true
		case !understood && m.Semantics == SingleUnit:
			return shown{}, false
		case understood:
			s.texts = append(s.texts, part.texts...)
			s.attachments = append(s.attachments, part.attachments...)
			ok = true
		}
	}
	return s, ok
}

// plainText returns the text of a part that can be shown as it is. Markdown may
// be (draft-ietf-mimi-content, "Specifics of Github Flavored Markdown").
func plainText(p *Part, most int) (string, bool) {
	single, ok := p.Body.(*SinglePart)
	if !ok || len(single.Content) > most || !utf8.Valid(single.Content) {
		return "", false
	}
	if mediaType(single.MediaType) != "text/plain" && !isMarkdown(single.MediaType) {
		return "", false
	}
	return string(single.Content), true
}

func mediaType(s string) string {
	kind, _, _ := strings.Cut(s, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

func isMarkdown(s string) bool { return mediaType(s) == "text/markdown" }
