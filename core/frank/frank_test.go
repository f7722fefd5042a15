package frank

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	alice = content.URI("mimi://chat.example/u/alice")
	bob   = content.URI("mimi://chat.example/u/bob")
	room  = content.URI("mimi://chat.example/r/room")
	other = content.URI("mimi://chat.example/r/other")
	suite = 1
)

func message(t testing.TB, text string) *content.Message {
	t.Helper()
	m, err := content.NewMessage(content.Header{
		Salt: content.Salt(bytes.Repeat([]byte{0x5a}, content.SaltSize)), Sender: alice, Room: room,
	}, content.Text{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func keys(t testing.TB) (HubKey, ed25519.PrivateKey, ed25519.PublicKey) {
	t.Helper()
	hub, err := HubKeyFromBytes(bytes.Repeat([]byte{0x48}, HubKeySize))
	if err != nil {
		t.Fatal(err)
	}
	signer := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{0x53}, ed25519.SeedSize))
	return hub, signer, signer.Public().(ed25519.PublicKey)
}

var accepted = Context{Sender: alice, Room: room, AcceptedMs: 1_700_000_000_123}

func TestTag(t *testing.T) {
	m := message(t, "hello")
	salt := m.Salt()
	mac := hmac.New(sha256.New, salt[:])
	mac.Write(m.Bytes())
	tag := NewTag(m)
	if !bytes.Equal(tag[:], mac.Sum(nil)) {
		t.Error("the tag is not HMAC_SHA256(salt, application_data)")
	}
	if got, id, err := tag.Open(m.Bytes(), alice, room); err != nil || id != m.ID(alice, room) || !bytes.Equal(got.Bytes(), m.Bytes()) {
		t.Errorf("Open: %v", err)
	}
	if _, _, err := tag.Open(message(t, "hellp").Bytes(), alice, room); !errors.Is(err, ErrTag) {
		t.Errorf("another message: %v", err)
	}
	if _, _, err := tag.Open(m.Bytes(), bob, room); !errors.Is(err, content.ErrContext) {
		t.Errorf("another sender: %v", err)
	}
	if _, _, err := tag.Open(m.Bytes()[1:], alice, room); !errors.Is(err, content.ErrMalformed) {
		t.Errorf("no message: %v", err)
	}
	parsed, err := ParseTag(tag.Append(nil))
	if err != nil || parsed != tag {
		t.Errorf("ParseTag: %v", err)
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := ParseTag(make([]byte, n)); !errors.Is(err, ErrMalformed) {
			t.Errorf("tag of %d bytes: %v", n, err)
		}
	}
}

func TestFrank(t *testing.T) {
	hub, signer, agent := keys(t)
	tag := NewTag(message(t, "hello"))
	f := hub.Frank(tag, accepted, suite, signer)
	if err := f.Verify(agent, suite, accepted); err != nil {
		t.Error(err)
	}
	if err := hub.Check(f, tag, accepted); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]Context{
		"sender": {bob, room, accepted.AcceptedMs},
		"room":   {alice, other, accepted.AcceptedMs},
		"time":   {alice, room, accepted.AcceptedMs + 1},
		// The boundary between the two URIs must not move.
		"shifted": {alice + "m", room[1:], accepted.AcceptedMs},
	} {
		if err := f.Verify(agent, suite, c); !errors.Is(err, ErrFrank) {
			t.Errorf("Verify with another %s: %v", name, err)
		}
		if err := hub.Check(f, tag, c); !errors.Is(err, ErrFrank) {
			t.Errorf("Check with another %s: %v", name, err)
		}
	}
	if err := hub.Check(f, NewTag(message(t, "x")), accepted); !errors.Is(err, ErrFrank) {
		t.Errorf("Check with another tag: %v", err)
	}
	if err := f.Verify(agent, suite+1, accepted); !errors.Is(err, ErrFrank) {
		t.Errorf("Verify under another suite: %v", err)
	}
	if err := f.Verify(agent[:31], suite, accepted); !errors.Is(err, ErrFrank) {
		t.Errorf("Verify with a short key: %v", err)
	}
	for name, change := range map[string]func(*Frank){
		"server frank":    func(f *Frank) { f.Server[0] ^= 1 },
		"signature":       func(f *Frank) { f.Signature[0] ^= 1 },
		"short signature": func(f *Frank) { f.Signature = f.Signature[1:] },
		"no signature":    func(f *Frank) { f.Signature = nil },
	} {
		g := f
		g.Signature = bytes.Clone(f.Signature)
		change(&g)
		if err := g.Verify(agent, suite, accepted); !errors.Is(err, ErrFrank) {
			t.Errorf("Verify with changed %s: %v", name, err)
		}
	}
}

// TestSignedStructure spells out what the server signs, from RFC 9420 section
// 5.1.2 and FrankingIntegrityTBS.
func TestSignedStructure(t *testing.T) {
	hub, signer, agent := keys(t)
	f := hub.Frank(NewTag(message(t, "hello")), accepted, 0xf00d, signer)
	var tbs []byte
	tbs = append(tbs, f.Server[:]...)
	tbs = append(tbs, 0xf0, 0x0d)
	tbs = append(append(tbs, byte(len(alice))), alice...)
	tbs = append(append(tbs, byte(len(room))), room...)
	tbs = append(tbs, 0, 0, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x7b)
	signed := append([]byte{28}, "MLS 1.0 FrankingIntegrityTBS"...)
	signed = append(syntax.AppendVarint(signed, len(tbs)), tbs...)
	if !ed25519.Verify(agent, signed, f.Signature) {
		t.Error("the signature covers something else")
	}
}

func TestFrankEncoding(t *testing.T) {
	hub, signer, _ := keys(t)
	f := hub.Frank(NewTag(message(t, "hello")), accepted, suite, signer)
	b := f.Append(nil)
	if len(b) != 32+2+2+64 {
		t.Errorf("%d bytes", len(b))
	}
	if g, err := ParseFrank(b); err != nil || g.Server != f.Server || g.Suite != f.Suite || !bytes.Equal(g.Signature, f.Signature) {
		t.Errorf("ParseFrank: %v", err)
	}
	for i := range b {
		if _, err := ParseFrank(b[:i]); !errors.Is(err, ErrMalformed) {
			t.Errorf("first %d bytes: %v", i, err)
		}
	}
	if _, err := ParseFrank(append(b, 0)); !errors.Is(err, ErrMalformed) {
		t.Errorf("one byte more: %v", err)
	}
	f.Signature = make([]byte, MaxSignature+1)
	if _, err := ParseFrank(f.Append(nil)); !errors.Is(err, ErrLimit) {
		t.Errorf("long signature: %v", err)
	}
}

func TestAgentEncoding(t *testing.T) {
	_, _, key := keys(t)
	a := Agent{Key: key, Host: "chat.example"}
	if got, err := ParseAgent(a.Append(nil)); err != nil || !got.Key.Equal(key) || got.Host != a.Host {
		t.Errorf("ParseAgent: %+v, %v", got, err)
	}
	wrongCredential := bytes.Clone(a.Append(nil))
	wrongCredential[34] = 2
	for name, b := range map[string][]byte{
		"empty":            nil,
		"short key":        Agent{Key: key[:31], Host: "h"}.Append(nil),
		"no host":          Agent{Key: key}.Append(nil),
		"long host":        Agent{Key: key, Host: strings.Repeat("x", 262)}.Append(nil),
		"x509 credential":  wrongCredential,
		"host not UTF-8":   Agent{Key: key, Host: "\xff"}.Append(nil),
		"data after end":   append(a.Append(nil), 0),
		"end too early":    a.Append(nil)[:40],
		"key of no length": {0},
	} {
		if _, err := ParseAgent(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReport(t *testing.T) {
	hub, signer, _ := keys(t)
	opening := func(text string) Opening {
		m := message(t, text)
		return Opening{m.Bytes(), accepted, hub.Frank(NewTag(m), accepted, suite, signer)}
	}
	good := opening("an insult")
	forged := good
	forged.Content = message(t, "a worse insult").Bytes()
	framed := good
	framed.Context.Sender = bob
	moved := good
	moved.Context.Room = other
	later := good
	later.Context.AcceptedMs++
	garbage := good
	garbage.Content = []byte("nothing")
	p, err := ParseReport(Report{
		Reason:   "insults",
		Openings: []Opening{good, forged, framed, moved, later, garbage, opening("another")},
	}.Append(nil))
	if err != nil || p.Reason != "insults" {
		t.Fatal(p.Reason, err)
	}
	want := []error{nil, ErrFrank, content.ErrContext, content.ErrContext, ErrFrank, content.ErrMalformed, nil}
	verdicts := hub.Review(p)
	if len(verdicts) != len(want) {
		t.Fatalf("%d verdicts", len(verdicts))
	}
	for i, v := range verdicts {
		if !errors.Is(v.Err, want[i]) || (v.Message != nil) != (want[i] == nil) {
			t.Errorf("opening %d: %v, want %v; message shown: %v", i, v.Err, want[i], v.Message != nil)
		}
	}
	if v := verdicts[6]; v.Message.View().Text != "another" || v.Context != accepted || v.ID != v.Message.ID(alice, room) {
		t.Error("the verdict on a genuine message shows something else")
	}
	stranger, err := NewHubKey(bytes.NewReader(make([]byte, HubKeySize)))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range stranger.Review(p) {
		if v.Err == nil {
			t.Errorf("opening %d verifies under another key", i)
		}
	}
}

func TestReportRefused(t *testing.T) {
	hub, signer, _ := keys(t)
	m := message(t, "x")
	o := Opening{m.Bytes(), accepted, hub.Frank(NewTag(m), accepted, suite, signer)}
	many := func(n int) (r Report) {
		for range n {
			r.Openings = append(r.Openings, o)
		}
		return r
	}
	if _, err := ParseReport(many(MaxOpenings).Append(nil)); err != nil {
		t.Errorf("%d messages: %v", MaxOpenings, err)
	}
	long := o
	long.Content = make([]byte, content.MaxSize+1)
	longURI := o
	longURI.Context.Sender = content.URI(strings.Repeat("x", content.MaxURI+1))
	for name, b := range map[string][]byte{
		"31 messages":  many(MaxOpenings + 1).Append(nil),
		"long reason":  Report{strings.Repeat("x", MaxReason+1), []Opening{o}}.Append(nil),
		"long content": Report{"", []Opening{long}}.Append(nil),
		"long uri":     Report{"", []Opening{longURI}}.Append(nil),
	} {
		if _, err := ParseReport(b); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := many(1).Append(nil)
	for i := range b {
		if _, err := ParseReport(b[:i]); !errors.Is(err, ErrMalformed) {
			t.Errorf("first %d bytes: %v", i, err)
		}
	}
	b[1] = 2
	if _, err := ParseReport(b); !errors.Is(err, ErrMalformed) {
		t.Errorf("version 2: %v", err)
	}
	if _, err := ParseReport(many(0).Append(nil)); !errors.Is(err, ErrMalformed) {
		t.Errorf("no message: %v", err)
	}
}

func TestHubKey(t *testing.T) {
	hub, _, _ := keys(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if s := fmt.Sprintf(verb, hub); s != "frank.HubKey(redacted)" {
			t.Errorf("%s prints %q", verb, s)
		}
	}
	if _, err := HubKeyFromBytes(hub.Bytes()[1:]); !errors.Is(err, ErrMalformed) {
		t.Errorf("short key: %v", err)
	}
	if _, err := NewHubKey(bytes.NewReader(nil)); err == nil {
		t.Error("a key without randomness")
	}
}

func FuzzReport(f *testing.F) {
	hub, signer, _ := keys(f)
	m := message(f, "x")
	f.Add(Report{"why", []Opening{{m.Bytes(), accepted, hub.Frank(NewTag(m), accepted, suite, signer)}}}.Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParseReport(data)
		if err != nil {
			return
		}
		if !bytes.Equal(p.Append(nil), data) {
			t.Fatal("encoded again differs")
		}
		hub.Review(p)
	})
}

func FuzzFrank(f *testing.F) {
	hub, signer, agent := keys(f)
	f.Add(hub.Frank(Tag{}, accepted, suite, signer).Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ParseFrank(data)
		if err != nil {
			return
		}
		if !bytes.Equal(g.Append(nil), data) {
			t.Fatal("encoded again differs")
		}
		if g.Verify(agent, suite, Context{}) == nil {
			t.Fatal("a forged frank verifies")
		}
	})
}

func FuzzAgent(f *testing.F) {
	_, _, key := keys(f)
	f.Add(Agent{key, "chat.example"}.Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := ParseAgent(data); err == nil && !bytes.Equal(a.Append(nil), data) {
			t.Fatal("encoded again differs")
		}
	})
}
