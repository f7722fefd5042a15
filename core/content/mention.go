package content

import (
	"strings"
)

const (
	// MaxMentions is how many links to people a reader looks for in a message.
	MaxMentions = 64
	// maxMentionLabel bounds how a sender may call somebody, in bytes.
	maxMentionLabel = 256
)

// Mention is a link to an account in a Markdown text, [LABEL](mimi://HOST/u/ID) or
// <mimi://HOST/u/ID>, as draft-ietf-mimi-content has it ("Mentions").
type Mention struct {
	// Start and End are the link's place in View.Text, in bytes.
	Start, End int
	// Label is how the sender calls the account: a wish, which proves nothing.
	Label string
	User  URI
}

// AppendMention appends a link to an account, or only the label where it cannot
// stand in a link.
func AppendMention(b []byte, label string, user URI) []byte {
	if len(label) > maxMentionLabel || strings.ContainsAny(label, "[]\n\\") {
		return append(b, label...)
	}
	b = append(append(b, '['), label...)
	b = append(append(b, "]("...), user...)
	return append(b, ')')
}

// mentions finds the links to accounts in a Markdown text that begins at offset.
func mentions(text string, offset int, found []Mention) []Mention {
	for at := 0; len(found) < MaxMentions; {
		i := strings.Index(text[at:], uriScheme)
		if i < 0 {
			break
		}
		i += at
		at = i + len(uriScheme)
		m, ok := mentionAt(text, i)
		if !ok || len(found) > 0 && offset+m.Start < found[len(found)-1].End {
			continue
		}
		at = m.End
		m.Start, m.End = offset+m.Start, offset+m.End
		found = append(found, m)
	}
	return found
}

// mentionAt reads the link around the URI at i.
func mentionAt(text string, i int) (m Mention, ok bool) {
	rest := text[i:min(len(text), i+MaxURI+1)]
	n := strings.IndexAny(rest, ")> \n")
	if n < 0 || i == 0 {
		return m, false
	}
	m.User, m.End = URI(rest[:n]), i+n+1
	if _, kind, _, err := m.User.Split(); err != nil || kind != URIUser {
		return m, false
	}
	switch end := rest[n]; {
	case end == '>' && text[i-1] == '<':
		m.Start = i - 1
		return m, true
	case end == ')' && strings.HasSuffix(text[:i], "]("):
		before := text[:i-2]
		open := strings.LastIndexAny(before, "[]\n")
		if open < 0 || before[open] != '[' || len(before)-open-1 > maxMentionLabel {
			return m, false
		}
		m.Start, m.Label = open, before[open+1:]
		return m, true
	}
	return m, false
}

// Spoken is the text with each link to an account written as say has it.
func (v *View) Spoken(say func(Mention) string) string {
	if len(v.Mentions) == 0 {
		return v.Text
	}
	var b strings.Builder
	at := 0
	for _, m := range v.Mentions {
		b.WriteString(v.Text[at:m.Start])
		b.WriteString(say(m))
		at = m.End
	}
	b.WriteString(v.Text[at:])
	return b.String()
}
