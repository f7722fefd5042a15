package frank

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/content"
)

var update = flag.Bool("update", false, "write testdata again")

// vector is a franked message of testdata/franks.json. The verdicts are those of
// a recipient (the frank's signature) and of a moderator (a report of it).
type vector struct {
	Name       string      `json:"name"`
	HubKey     string      `json:"hubKey"`
	AgentKey   string      `json:"agentKey"`
	Suite      uint16      `json:"suite"`
	Sender     content.URI `json:"sender"`
	Room       content.URI `json:"room"`
	AcceptedMs uint64      `json:"acceptedMs"`
	Content    string      `json:"content"`
	Tag        string      `json:"tag"`
	Frank      string      `json:"frank"`
	Recipient  bool        `json:"recipient"`
	Moderator  bool        `json:"moderator"`
}

func makeVectors(t *testing.T) []vector {
	t.Helper()
	hub, signer, agent := keys(t)
	m := message(t, "an insult")
	tag := NewTag(m)
	f := hub.Frank(tag, accepted, suite, signer)
	base := vector{
		Name: "genuine", HubKey: hex.EncodeToString(hub.Bytes()), AgentKey: hex.EncodeToString(agent), Suite: suite,
		Sender: accepted.Sender, Room: accepted.Room, AcceptedMs: accepted.AcceptedMs,
		Content: hex.EncodeToString(m.Bytes()), Tag: hex.EncodeToString(tag[:]), Frank: hex.EncodeToString(f.Append(nil)),
		Recipient: true, Moderator: true,
	}
	out := []vector{base}
	refuse := func(name string, recipient, moderator bool, change func(*vector)) {
		v := base
		change(&v)
		v.Name, v.Recipient, v.Moderator = name, recipient, moderator
		out = append(out, v)
	}
	other := message(t, "a worse insult")
	otherTag := NewTag(other)
	refuse("another message", true, false, func(v *vector) {
		v.Content, v.Tag = hex.EncodeToString(other.Bytes()), hex.EncodeToString(otherTag[:])
	})
	refuse("another time", false, false, func(v *vector) { v.AcceptedMs++ })
	refuse("another sender", false, false, func(v *vector) { v.Sender = bob })
	refuse("another room", false, false, func(v *vector) { v.Room = "mimi://chat.example/r/other" })
	refuse("another hub key", true, false, func(v *vector) { v.HubKey = strings.Repeat("00", HubKeySize) })
	refuse("another suite", false, true, func(v *vector) { v.Suite = 2 })
	refuse("changed server frank", false, false, func(v *vector) {
		g := f
		g.Server[31] ^= 1
		v.Frank = hex.EncodeToString(g.Append(nil))
	})
	refuse("changed signature", false, true, func(v *vector) {
		g := f
		g.Signature = bytes.Clone(f.Signature)
		g.Signature[0] ^= 1
		v.Frank = hex.EncodeToString(g.Append(nil))
	})
	return out
}

func TestVectors(t *testing.T) {
	const path = "testdata/franks.json"
	made, err := json.MarshalIndent(makeVectors(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	made = append(made, '\n')
	if *update {
		if err := os.WriteFile(path, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, made) {
		t.Errorf("what we write now differs from %s", path)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, v := range vectors {
		hub, err := HubKeyFromBytes(unhex(v.HubKey))
		if err != nil {
			t.Fatal(err)
		}
		f, err := ParseFrank(unhex(v.Frank))
		if err != nil {
			t.Fatal(err)
		}
		c := Context{v.Sender, v.Room, v.AcceptedMs}
		if err := f.Verify(unhex(v.AgentKey), v.Suite, c); (err == nil) != v.Recipient {
			t.Errorf("%s, recipient: %v", v.Name, err)
		}
		verdict := hub.Review(Report{Openings: []Opening{{unhex(v.Content), c, f}}})[0]
		if (verdict.Err == nil) != v.Moderator {
			t.Errorf("%s, moderator: %v", v.Name, verdict.Err)
		}
		if m, err := content.Parse(unhex(v.Content)); err != nil || NewTag(m) != Tag(unhex(v.Tag)) {
			t.Errorf("%s: tag differs, %v", v.Name, err)
		}
	}
	page, err := os.ReadFile("../../spec/frank.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Join(strings.Fields(string(page)), "")
	for _, s := range []string{vectors[0].Content, vectors[0].Tag, vectors[0].Frank, vectors[0].HubKey, vectors[0].AgentKey} {
		if !strings.Contains(shown, s) {
			t.Errorf("the page does not show %s", s)
		}
	}
}
