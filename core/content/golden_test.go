package content

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata again")

// vector is a message of testdata/messages.json, for other implementations.
// Those that must be refused say why in Expect.
type vector struct {
	Name    string `json:"name"`
	Sender  URI    `json:"sender"`
	Room    URI    `json:"room"`
	Message string `json:"message"`
	Expect  string `json:"expect"` // ok, malformed, limit or context
	ID      string `json:"id,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Text    string `json:"text,omitempty"`
	Target  string `json:"target,omitempty"`
	ReplyTo string `json:"replyTo,omitempty"`
	// Mentions are the accounts of links in a text.
	Mentions []URI `json:"mentions,omitempty"`
}

var expectations = map[string]error{"ok": nil, "malformed": ErrMalformed, "limit": ErrLimit, "context": ErrContext}

func makeVectors(t *testing.T) []vector {
	t.Helper()
	first, err := NewMessage(header(0x11), Text{Text: "Grüße 👋"})
	if err != nil {
		t.Fatal(err)
	}
	target := first.ID(alice, room)
	reply := header(0x12)
	reply.ReplyTo = target
	expiring := header(0x13)
	expiring.Expires = Expiration{Seconds: 1_800_000_000}
	expiring.Other = Extensions{{IntKey(-1), []byte{0x01}}}
	a := attachment(t)
	reaction, err := NewReaction(header(0x16), target, "❤")
	if err != nil {
		t.Fatal(err)
	}
	var out []vector
	add := func(name string, m *Message, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		v := m.View()
		x := vector{Name: name, Sender: alice, Room: room, Message: hex.EncodeToString(m.Bytes()), Expect: "ok",
			ID: m.ID(alice, room).String(), Kind: v.Kind.String(), Text: v.Text}
		if !v.Target.IsZero() {
			x.Target = v.Target.String()
		}
		if !v.ReplyTo.IsZero() {
			x.ReplyTo = v.ReplyTo.String()
		}
		for _, m := range v.Mentions {
			x.Mentions = append(x.Mentions, m.User)
		}
		out = append(out, x)
	}
	addNew := func(name string) func(*Message, error) { return func(m *Message, err error) { add(name, m, err) } }
	add("text", first, nil)
	addNew("reply")(NewMessage(reply, Text{Text: "me too"}))
	addNew("expiring")(NewMessage(expiring, Text{Text: "soon gone"}))
	addNew("edit")(NewEdit(header(0x14), target, Text{Text: "Grüße an alle 👋"}))
	addNew("unsend")(NewUnsend(header(0x15), target))
	add("reaction", reaction, nil)
	addNew("unreaction")(NewUnreaction(header(0x17), reaction.ID(alice, room), target))
	addNew("attachment")(NewMessage(header(0x18), Text{Text: "look", Attachments: []Attachment{a}}))
	addNew("info")(NewInfo(header(0x19), Info{Name: "Hiking 🏔", ExpireSeconds: 604800}))
	addNew("profile")(NewProfile(header(0x1b), Profile{Name: "Alice Example", SetMS: 1_700_000_000_000}))
	addNew("mention")(NewMessage(header(0x1c), Text{Text: string(AppendMention([]byte("Thanks, "), "@bob", bob)) + "!", Markdown: true}))
	addNew("a link to somebody in a plain text")(NewMessage(header(0x1d), Text{Text: string(AppendMention(nil, "@bob", bob))}))
	addNew("join")(NewJoin(header(0x1a), Join{Invite: [16]byte{1}, Proof: [64]byte{2}}))
	addNew("info of a group that gives history")(NewInfo(header(0x21), Info{Name: "Hiking", HistorySince: HistoryFromHere}))
	addNew("history")(NewHistory(header(0x22), []byte{0, 1}))
	addNew("invite")(NewInvite(header(0x1e), someInvites()[1]))
	addNew("an invite is used")(NewInvite(header(0x1f), someInvites()[2]))
	addNew("an invite is revoked")(NewInvite(header(0x20), someInvites()[3]))

	good := first.Bytes()
	refuse := func(name, expect string, data []byte) {
		out = append(out, vector{Name: name, Sender: alice, Room: room, Message: hex.EncodeToString(data), Expect: expect})
	}
	replace := func(old, new string) []byte { return bytes.Replace(bytes.Clone(good), []byte(old), []byte(new), 1) }
	other := out[0]
	other.Name, other.Sender, other.Expect = "another sender", bob, "context"
	other.ID, other.Kind, other.Text = "", "", ""
	out = append(out, other)
	refuse("cut off", "malformed", good[:len(good)-1])
	refuse("one byte more", "malformed", append(bytes.Clone(good), 0))
	refuse("long form of a length", "malformed", replace("\x87\x50", "\x87\x58\x10"))
	refuse("array of indefinite length", "malformed", append(append([]byte{0x9f}, good[1:]...), 0xff))
	refuse("extension keys not sorted", "malformed", replace("\xa2\x01", "\xa2\x03"))
	refuse("text key for an integer", "malformed", replace("\xa2\x01", "\xa2\x60"))
	refuse("message id of unknown hash", "malformed", replace("\xf6\x40", "\x58\x20\x02"+strings.Repeat("\x00", 31)+"\x40"))
	refuse("semantics 3", "malformed", replace("\x85\x01\x60\x01", "\x85\x01\x60\x03"))
	refuse("five levels of parts", "limit", replace("\x85\x01\x60\x01\x78\x18",
		strings.Repeat("\x85\x01\x60\x03\x02\x82", 4)+"\x85\x01\x60\x01\x78\x18"))
	refuse("long topic", "limit", replace("\xf6\x40", "\xf6\x59\x10\x01"+strings.Repeat("x", 4097)))
	return out
}

func TestVectors(t *testing.T) {
	const file = "testdata/messages.json"
	made, err := json.MarshalIndent(makeVectors(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	made = append(made, '\n')
	if *update {
		if err := os.WriteFile(file, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, made) {
		t.Errorf("what we write now differs from %s", file)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		b, err := hex.DecodeString(v.Message)
		if err != nil {
			t.Fatal(err)
		}
		want, known := expectations[v.Expect]
		m, id, err := Open(b, v.Sender, v.Room)
		if !known || !errors.Is(err, want) || err != nil && want == nil {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Expect)
			continue
		}
		var mentioned []URI
		if err == nil {
			for _, x := range m.View().Mentions {
				mentioned = append(mentioned, x.User)
			}
		}
		if !slices.Equal(mentioned, v.Mentions) {
			t.Errorf("%s: mentions %v", v.Name, mentioned)
		}
		if err == nil && (id.String() != v.ID || Classify(m).String() != v.Kind || m.View().Text != v.Text) {
			t.Errorf("%s: id %s, kind %v", v.Name, id, Classify(m))
		}
	}
	inSpec(t, "../../spec/content.md", vectors[0].Message)
	inSpec(t, "../../spec/content.md", vectors[0].ID)
	for _, v := range vectors {
		if v.Name == "mention" {
			inSpec(t, "../../spec/content.md", v.Message)
			inSpec(t, "../../spec/content.md", v.ID)
		}
	}
}

// inSpec checks that the page shows the bytes, whatever the white space.
func inSpec(t *testing.T, page, hexBytes string) {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(strings.Fields(string(data)), ""), hexBytes) {
		t.Errorf("%s does not show %s", page, hexBytes)
	}
}
