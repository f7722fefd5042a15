package client

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
)

// Mention is somebody whom a message mentions: "@" and the handle stand in its text.
type Mention struct {
	Account account.ID
	Handle  string
}

// mentions reports whether a message mentions an account.
func (m *Message) mentions(id account.ID) bool {
	for _, x := range m.Mentions {
		if x.Account == id {
			return true
		}
	}
	return false
}

// mentioning is a text as it is sent: each @HANDLE of somebody in the conversation
// is a link to the account (spec/content.md). Other texts stay as they are.
func (e *Engine) mentioning(ctx context.Context, c *conversation, text string) (content.Text, error) {
	plain := content.Text{Text: text}
	if !strings.Contains(text, "@") {
		return plain, nil
	}
	users := map[string]content.URI{}
	for _, p := range c.st.Participants {
		u, err := e.user(p.Account)
		if err != nil {
			return plain, err
		}
		users[e.handleOf(ctx, p.Account)] = u
	}
	var b []byte
	at := 0
	for found := 0; found < content.MaxMentions; {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			break
		}
		b = append(b, text[at:at+i]...)
		at += i
		end := at + 1
		if mayMention(text[:at]) {
			end = mentionEnd(text, at+1, users)
		}
		if end == at+1 {
			b = append(b, '@')
		} else {
			handle := strings.ToLower(text[at+1 : end])
			b = content.AppendMention(b, "@"+handle, users[handle])
			found++
		}
		at = end
	}
	if t := string(append(b, text[at:]...)); t != text {
		return content.Text{Text: t, Markdown: true}, nil
	}
	return plain, nil
}

// mayMention reports whether an @ behind a text can begin a mention: it does not
// inside a word, an address or a link.
func mayMention(before string) bool {
	r, n := utf8.DecodeLastRuneInString(before)
	return n == 0 || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-./[\\@", r)
}

// mentionEnd is where the longest of the handles ends that begins at from; from
// itself where there is none.
func mentionEnd(text string, from int, users map[string]content.URI) int {
	end := from
	for end < len(text) && handleByte(text[end]) {
		end++
	}
	if r, _ := utf8.DecodeRuneInString(text[end:]); end < len(text) && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
		return from // a longer word
	}
	for end > from {
		if _, ok := users[strings.ToLower(text[from:end])]; ok {
			return end
		}
		if c := text[end-1]; c != '.' && c != '-' && c != '_' {
			return from
		}
		end--
	}
	return from
}

func handleByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'
}

// spoken is a text as it is shown, with whom it mentions. Who is meant says the link;
// how its sender called them counts for nothing.
func (p *presenter) spoken(ctx context.Context, v *content.View) (string, []Mention) {
	var list []Mention
	text := v.Spoken(func(m content.Mention) string {
		host, _, id, err := m.User.Split()
		if err != nil || host != string(p.e.self.host) {
			return v.Text[m.Start:m.End]
		}
		who, err := account.ParseID(id)
		if err != nil {
			return v.Text[m.Start:m.End]
		}
		x := Mention{who, p.handle(ctx, who)}
		for _, y := range list {
			if x == y {
				return "@" + x.Handle
			}
		}
		list = append(list, x)
		return "@" + x.Handle
	})
	return text, list
}

// onlyMentions are those of the messages that mention this account.
func (e *Engine) onlyMentions(list []Message) []Message {
	var out []Message
	for _, m := range list {
		if m.mentions(e.self.id) {
			out = append(out, m)
		}
	}
	return out
}

// asLabelled is a text whose links to people are written as their sender called
// them: for search, and for saying it where they may not be.
func asLabelled(v *content.View) string {
	return v.Spoken(func(m content.Mention) string { return m.Label })
}
