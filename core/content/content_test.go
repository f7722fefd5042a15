package content

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/content/internal/dcbor"
	"github.com/coffer-chat/coffer/core/media"
)

const (
	alice = URI("mimi://chat.example/u/alice")
	bob   = URI("mimi://chat.example/u/bob")
	room  = URI("mimi://chat.example/r/room")
)

func header(n byte) Header {
	return Header{Salt: Salt(bytes.Repeat([]byte{n}, SaltSize)), Sender: alice, Room: room}
}

func id(n byte) MessageID {
	i := MessageID(bytes.Repeat([]byte{n}, MessageIDSize))
	i[0] = hashSHA256
	return i
}

func attachment(t testing.TB) Attachment {
	t.Helper()
	key, err := media.KeyFromBytes(bytes.Repeat([]byte{0x4b}, media.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	ref, err := media.Encrypt(&bytes.Buffer{}, strings.NewReader("a small file"), key, 12)
	if err != nil {
		t.Fatal(err)
	}
	return Attachment{
		File: ref, URL: "https://chat.example/blob/0123", MediaType: "image/png",
		Name: "Hügel.png", Description: "a hill", Inline: true,
		Preview: &Preview{MediaType: "image/jpeg", Data: []byte{0xff, 0xd8}},
	}
}

func sameAttachment(a, b Attachment) bool {
	return a.File.Key.Equal(b.File.Key) && a.File.Size == b.File.Size && a.File.Root == b.File.Root &&
		a.File.Digest == b.File.Digest && a.URL == b.URL && a.MediaType == b.MediaType && a.Name == b.Name &&
		a.Description == b.Description && a.Inline == b.Inline &&
		(a.Preview == nil) == (b.Preview == nil) &&
		(a.Preview == nil || a.Preview.MediaType == b.Preview.MediaType && bytes.Equal(a.Preview.Data, b.Preview.Data))
}

func TestConstructors(t *testing.T) {
	withPreview := attachment(t)
	plain := withPreview
	plain.Preview, plain.Inline, plain.Name = nil, false, ""
	reply := header(1)
	reply.ReplyTo = id(9)
	expiring := header(1)
	expiring.Expires = Expiration{Relative: true, Seconds: 60}
	expiring.Other = Extensions{{IntKey(-7), dcbor.AppendNull(nil)}, {TextKey("x"), dcbor.AppendUint(nil, 1)}}
	info := Info{
		Name: "Hiking 🏔", Description: "Sundays", Picture: &Preview{"image/png", []byte{1, 2}}, ExpireSeconds: 3600,
		Other: Extensions{{IntKey(99), dcbor.AppendText(nil, "later")}},
	}
	for _, c := range []struct {
		name  string
		build func() (*Message, error)
		want  View
	}{
		{"text", func() (*Message, error) { return NewMessage(header(1), Text{Text: "Grüße 👋"}) },
			View{Kind: KindText, Text: "Grüße 👋"}},
		{"reply", func() (*Message, error) { return NewMessage(reply, Text{Text: "yes"}) },
			View{Kind: KindText, Text: "yes", ReplyTo: id(9)}},
		{"expiring", func() (*Message, error) { return NewMessage(expiring, Text{Text: "soon gone"}) },
			View{Kind: KindText, Text: "soon gone", Expires: expiring.Expires}},
		{"file", func() (*Message, error) {
			return NewMessage(header(1), Text{Attachments: []Attachment{plain}})
		}, View{Kind: KindAttachment, Attachments: []Attachment{plain}}},
		{"file with preview", func() (*Message, error) {
			return NewMessage(header(1), Text{Attachments: []Attachment{withPreview}})
		}, View{Kind: KindAttachment, Attachments: []Attachment{withPreview}}},
		{"text and files", func() (*Message, error) {
			return NewMessage(header(1), Text{Text: "look", Attachments: []Attachment{withPreview, plain}})
		}, View{Kind: KindAttachment, Text: "look", Attachments: []Attachment{withPreview, plain}}},
		{"edit", func() (*Message, error) {
			return NewEdit(reply, id(2), Text{Text: "look!", Attachments: []Attachment{plain}})
		}, View{Kind: KindEdit, Target: id(2), Text: "look!", Attachments: []Attachment{plain}, ReplyTo: id(9)}},
		{"unsend", func() (*Message, error) { return NewUnsend(header(1), id(2)) },
			View{Kind: KindUnsend, Target: id(2)}},
		{"reaction", func() (*Message, error) { return NewReaction(header(1), id(2), "👍🏽") },
			View{Kind: KindReaction, Target: id(2), Text: "👍🏽"}},
		{"unreaction", func() (*Message, error) { return NewUnreaction(header(1), id(3), id(2)) },
			View{Kind: KindUnreaction, Target: id(3)}},
		{"info", func() (*Message, error) { return NewInfo(header(1), info) },
			View{Kind: KindInfo, Info: &info}},
	} {
		t.Run(c.name, func(t *testing.T) {
			made, err := c.build()
			if err != nil {
				t.Fatal(err)
			}
			m, got, err := Open(made.Bytes(), alice, room)
			if err != nil {
				t.Fatal(err)
			}
			if want := made.ID(alice, room); got != want || got == m.ID(bob, room) {
				t.Errorf("id %s, want %s and another for another sender", got, want)
			}
			v := m.View()
			if v.Kind != Classify(m) || v.Kind != c.want.Kind || v.Text != c.want.Text || v.Target != c.want.Target ||
				v.ReplyTo != c.want.ReplyTo || v.Expires != c.want.Expires || len(v.Attachments) != len(c.want.Attachments) {
				t.Fatalf("view %+v, want %+v", v, c.want)
			}
			for i := range v.Attachments {
				if !sameAttachment(v.Attachments[i], c.want.Attachments[i]) {
					t.Errorf("attachment %d differs", i)
				}
			}
			if w := c.want.Info; w != nil {
				g := v.Info
				if g.Name != w.Name || g.Description != w.Description || g.ExpireSeconds != w.ExpireSeconds ||
					g.Picture.MediaType != w.Picture.MediaType || !bytes.Equal(g.Picture.Data, w.Picture.Data) ||
					!bytes.Equal(g.Other.Get(IntKey(99)), w.Other[0].Value) {
					t.Errorf("info differs: %+v", g)
				}
			}
		})
	}
}

func TestConstructorsRefuse(t *testing.T) {
	good := attachment(t)
	bad := func(change func(*Attachment)) Text {
		a := good
		change(&a)
		return Text{Attachments: []Attachment{a}}
	}
	message := func(x Text) error { _, err := NewMessage(header(1), x); return err }
	withHeader := func(change func(*Header)) error {
		h := header(1)
		change(&h)
		_, err := NewMessage(h, Text{Text: "x"})
		return err
	}
	ignore := func(_ *Message, err error) error { return err }
	for name, err := range map[string]error{
		"empty":               message(Text{}),
		"not UTF-8":           message(Text{Text: "\xff"}),
		"long text":           message(Text{Text: strings.Repeat("x", MaxText+1)}),
		"many files":          message(Text{Attachments: make([]Attachment, MaxAttachments+1)}),
		"no url":              message(bad(func(a *Attachment) { a.URL = "" })),
		"url with newline":    message(bad(func(a *Attachment) { a.URL += "\n" })),
		"no type":             message(bad(func(a *Attachment) { a.MediaType = "" })),
		"name is a path":      message(bad(func(a *Attachment) { a.Name = "../x" })),
		"name is dots":        message(bad(func(a *Attachment) { a.Name = ".." })),
		"name is a drive":     message(bad(func(a *Attachment) { a.Name = "c:x" })),
		"name with override":  message(bad(func(a *Attachment) { a.Name = "gpj.\u202eexe" })),
		"long name":           message(bad(func(a *Attachment) { a.Name = strings.Repeat("x", 300) })),
		"negative size":       message(bad(func(a *Attachment) { a.File.Size = -1 })),
		"large preview":       message(bad(func(a *Attachment) { a.Preview = &Preview{"image/png", make([]byte, MaxPreview+1)} })),
		"preview of no type":  message(bad(func(a *Attachment) { a.Preview = &Preview{} })),
		"large description":   message(bad(func(a *Attachment) { a.Description = strings.Repeat("x", MaxDescription+1) })),
		"no sender":           withHeader(func(h *Header) { h.Sender = "" }),
		"room as sender":      withHeader(func(h *Header) { h.Sender = room }),
		"sender as room":      withHeader(func(h *Header) { h.Room = alice }),
		"extension twice":     withHeader(func(h *Header) { h.Other = Extensions{{IntKey(5), []byte{0}}, {IntKey(5), []byte{0}}} }),
		"extension 1 twice":   withHeader(func(h *Header) { h.Other = Extensions{{IntKey(1), []byte{0x61, 'x'}}} }),
		"extension 0":         withHeader(func(h *Header) { h.Other = Extensions{{IntKey(0), []byte{0}}} }),
		"extension empty key": withHeader(func(h *Header) { h.Other = Extensions{{TextKey(""), []byte{0}}} }),
		"extension long key":  withHeader(func(h *Header) { h.Other = Extensions{{TextKey(strings.Repeat("k", 256)), []byte{0}}} }),
		"extension no key":    withHeader(func(h *Header) { h.Other = Extensions{{ExtensionKey{}, []byte{0}}} }),
		"extension not cbor":  withHeader(func(h *Header) { h.Other = Extensions{{IntKey(5), []byte{0xff}}} }),
		"extension too long":  withHeader(func(h *Header) { h.Other = Extensions{{IntKey(5), dcbor.AppendBytes(nil, make([]byte, 4096))}} }),
		"topic too long":      withHeader(func(h *Header) { h.Topic = make([]byte, MaxTopic+1) }),
		"reply to nonsense":   withHeader(func(h *Header) { h.ReplyTo = MessageID{7} }),
		"edit nothing":        ignore(NewEdit(header(1), MessageID{}, Text{Text: "x"})),
		"edit into nothing":   ignore(NewEdit(header(1), id(1), Text{})),
		"unsend nothing":      ignore(NewUnsend(header(1), MessageID{})),
		"react to nothing":    ignore(NewReaction(header(1), MessageID{}, "x")),
		"react without":       ignore(NewReaction(header(1), id(1), "")),
		"long reaction":       ignore(NewReaction(header(1), id(1), strings.Repeat("x", MaxReaction+1))),
		"unreact nothing":     ignore(NewUnreaction(header(1), MessageID{}, id(1))),
		"unreact to nothing":  ignore(NewUnreaction(header(1), id(1), MessageID{})),
		"long info name":      ignore(NewInfo(header(1), Info{Name: strings.Repeat("x", MaxInfoName+1)})),
		"info name newline":   ignore(NewInfo(header(1), Info{Name: "a\nb"})),
		"info not UTF-8":      ignore(NewInfo(header(1), Info{Name: "\xff"})),
		"long description":    ignore(NewInfo(header(1), Info{Description: strings.Repeat("x", MaxInfoDescription+1)})),
		"large picture":       ignore(NewInfo(header(1), Info{Picture: &Preview{"image/png", make([]byte, MaxPreview+1)}})),
		"info key twice":      ignore(NewInfo(header(1), Info{Name: "x", Other: Extensions{{infoName, []byte{0x60}}}})),
		"long info expiry":    ignore(NewInfo(header(1), Info{ExpireSeconds: 1 << 31})),
		"no body":             ignore(New(Fields{})),
		"nil body":            ignore(New(Fields{Part: Part{Body: (*SinglePart)(nil)}})),
		"bad language":        ignore(New(Fields{Part: Part{Language: "\x00", Body: NullPart{}}})),
	} {
		if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrLimit) && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestContextRefused(t *testing.T) {
	m, err := NewMessage(header(1), Text{Text: "x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]URI{{bob, room}, {alice, "mimi://chat.example/r/other"}, {alice, ""}, {"", room}, {room, alice}} {
		if _, _, err := Open(m.Bytes(), c[0], c[1]); !errors.Is(err, ErrContext) {
			t.Errorf("Open as %v: %v", c, err)
		}
	}
	f := m.Fields()
	f.Sender, f.Room = "", ""
	anonymous, err := New(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(anonymous.Bytes(), "", ""); !errors.Is(err, ErrContext) {
		t.Errorf("Open without context: %v", err)
	}
}

func TestURIs(t *testing.T) {
	u, err := UserURI("localhost:8080", "abc")
	if err != nil || u != "mimi://localhost:8080/u/abc" {
		t.Fatal(u, err)
	}
	if host, kind, name, err := u.Split(); host != "localhost:8080" || kind != URIUser || name != "abc" || err != nil {
		t.Error(host, kind, name, err)
	}
	if _, err := RoomURI("[::1]:80", "A-b_c.~"); err != nil {
		t.Error(err)
	}
	for _, s := range []URI{"", "mimi://", "mimi://h/u/", "mimi:///u/x", "mimi://h/x/y", "mimi://h/u/x/y", "mimi://H/u/x",
		"mimi://h/u/ü", "mimi://h/u/a b", "http://h/u/x", "mimi://h/u", "mimi://h/uu/x", "mimi://u:p@h/u/x",
		URI("mimi://h/u/" + strings.Repeat("x", 129))} {
		if _, _, _, err := s.Split(); !errors.Is(err, ErrInvalid) {
			t.Errorf("Split(%q): %v", s, err)
		}
	}
}

func TestMessageIDText(t *testing.T) {
	want := id(0xab)
	if got, err := ParseMessageID(want.String()); err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "01", strings.Repeat("0", 64), strings.Repeat("zz", 32), want.String() + "00"} {
		if _, err := ParseMessageID(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("ParseMessageID(%q): %v", s, err)
		}
	}
}

func TestPlausibleExpiry(t *testing.T) {
	const now = 1_700_000_000
	for _, c := range []struct {
		e    Expiration
		want bool
	}{
		{Expiration{}, true},
		{Expiration{false, now + 60}, true},
		{Expiration{false, now - 60}, true},
		{Expiration{false, now + 2*maxExpiry}, false},
		{Expiration{false, now - 2*maxExpiry}, false},
		{Expiration{false, 1}, false},
		{Expiration{true, 60}, true},
		{Expiration{true, maxExpiry + 1}, false},
	} {
		if got := c.e.Plausible(now * 1000); got != c.want {
			t.Errorf("%+v: %v", c.e, got)
		}
	}
}

func TestNothingPrints(t *testing.T) {
	m, err := NewMessage(header(1), Text{Text: "a secret", Attachments: []Attachment{attachment(t)}})
	if err != nil {
		t.Fatal(err)
	}
	part := m.Fields().Part.Body.(*MultiPart)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		for _, x := range []any{m, part.Parts[0].Body, part.Parts[1].Body.(*MultiPart).Parts[0].Body} {
			if s := fmt.Sprintf(verb, x); !strings.Contains(s, "redacted") || strings.Contains(s, "secret") {
				t.Errorf("%s prints %q", verb, s)
			}
		}
	}
}
