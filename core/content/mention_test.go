package content

import (
	"strings"
	"testing"
)

func markdown(t *testing.T, text string) View {
	t.Helper()
	m, err := NewMessage(header(0x31), Text{Text: text, Markdown: true})
	if err != nil {
		t.Fatal(err)
	}
	return m.View()
}

// TestMentions: which links are links to people, and how they are spoken.
func TestMentions(t *testing.T) {
	say := func(m Mention) string { return "{" + m.Label + "}" }
	b, r := string(bob), string(room)
	for text, want := range map[string]string{
		"[@bob](" + b + ")":                       "{@bob}",
		"hi [@bob](" + b + "), [Bob](" + b + ")!": "hi {@bob}, {Bob}!",
		"<" + b + "> it is":                       "{} it is",
		"[](" + b + ")":                           "{}",
		"[@room](" + r + ")":                      "[@room](" + r + ")",
		"[[@bob](" + b + ")":                      "[{@bob}",
		"[@b]ob](" + b + ")":                      "[@b]ob](" + b + ")",
		"[@bob\n](" + b + ")":                     "[@bob\n](" + b + ")",
		"](" + b + ")":                            "](" + b + ")",
		b:                                         b,
		"(" + b + ")":                             "(" + b + ")",
		"<" + b + ")":                             "<" + b + ")",
		"[@bob](" + b:                             "[@bob](" + b,
		"[@bob](" + b + " \"x\")":                 "[@bob](" + b + " \"x\")",
		"[@bob](mimi://chat.example/u/x/y)":       "[@bob](mimi://chat.example/u/x/y)",
		"[" + strings.Repeat("x", 257) + "](" + b + ")": "[" + strings.Repeat("x", 257) + "](" + b + ")",
	} {
		v := markdown(t, text)
		if got := v.Spoken(say); got != want {
			t.Errorf("%q is spoken %q, want %q", text, got, want)
		}
	}
	v := markdown(t, strings.Repeat("<"+b+">", MaxMentions+1))
	if len(v.Mentions) != MaxMentions || !strings.HasSuffix(v.Spoken(say), "}<"+b+">") {
		t.Errorf("%d mentions", len(v.Mentions))
	}
	if got := AppendMention(nil, "a]b", bob); string(got) != "a]b" {
		t.Errorf("a label that ends the link gives %q", got)
	}
}

// FuzzMentions: whatever a sender wrote, the places lie in the text, in order.
func FuzzMentions(f *testing.F) {
	f.Add("a [@bob](" + string(bob) + ") <" + string(bob) + "> [")
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, m := range mentions(text, 0, nil) {
			if m.Start < at || m.End <= m.Start || m.End > len(text) || !strings.Contains(text[m.Start:m.End], string(m.User)) {
				t.Fatalf("%+v in %q", m, text)
			}
			at = m.End
		}
	})
}
