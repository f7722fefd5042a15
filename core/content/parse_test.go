package content

import (
	"bytes"
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/core/content/internal/dcbor"
)

func base(t testing.TB) Fields {
	t.Helper()
	m, err := NewMessage(header(1), Text{Text: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return m.Fields()
}

// TestParseTruncated cuts and lengthens a message everywhere.
func TestParseTruncated(t *testing.T) {
	m, err := NewMessage(header(1), Text{Text: "text", Attachments: []Attachment{attachment(t)}})
	if err != nil {
		t.Fatal(err)
	}
	b := m.Bytes()
	for i := range b {
		if _, err := Parse(b[:i]); !errors.Is(err, ErrMalformed) {
			t.Errorf("first %d bytes: %v", i, err)
		}
	}
	if _, err := Parse(append(bytes.Clone(b), 0)); !errors.Is(err, ErrMalformed) {
		t.Errorf("one byte more: %v", err)
	}
}

// TestParseRefused takes a good message apart and puts it together wrongly.
func TestParseRefused(t *testing.T) {
	part := []byte{0x83, 0x01, 0x60, 0x00}
	salt := dcbor.AppendBytes(nil, make([]byte, 16))
	null, empty, noExt := []byte{0xf6}, []byte{0x40}, []byte{0xa0}
	good := [][]byte{salt, null, empty, null, null, noExt, part}
	join := func(x [][]byte) []byte {
		return append([]byte{0x80 | byte(len(x))}, bytes.Join(x, nil)...)
	}
	if _, err := Parse(join(good)); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	wrongID := dcbor.AppendBytes(nil, append([]byte{2}, make([]byte, 31)...))
	nest := func(depth int) []byte {
		p := part
		for range depth {
			p = bytes.Join([][]byte{{0x85, 1, 0x60, 3, 2, 0x82}, p, p}, nil)
		}
		return p
	}
	wide := append([]byte{0x85, 1, 0x60, 3, 2, 0x99, 0x04, 0x00}, bytes.Repeat(part, 1024)...)
	big := dcbor.AppendBytes([]byte{0x85, 1, 0x60, 1, 0x61, 'x'}, make([]byte, MaxSize))
	for _, c := range []struct {
		name  string
		field int
		value []byte
		want  error
	}{
		{"salt of 15", 0, dcbor.AppendBytes(nil, make([]byte, 15)), ErrMalformed},
		{"salt of 17", 0, dcbor.AppendBytes(nil, make([]byte, 17)), ErrMalformed},
		{"salt as text", 0, dcbor.AppendText(nil, "0123456789abcdef"), ErrMalformed},
		{"replaces of unknown hash", 1, wrongID, ErrMalformed},
		{"replaces of 31", 1, dcbor.AppendBytes(nil, append([]byte{1}, make([]byte, 30)...)), ErrMalformed},
		{"replaces empty", 1, empty, ErrMalformed},
		{"topic null", 2, null, ErrMalformed},
		{"topic long", 2, dcbor.AppendBytes(nil, make([]byte, MaxTopic+1)), ErrLimit},
		{"expires number", 3, []byte{0x01}, ErrMalformed},
		{"expires of 3", 3, []byte{0x83, 0xf4, 1, 1}, ErrMalformed},
		{"expires in 1970", 3, []byte{0x82, 0xf4, 0}, ErrMalformed},
		{"expires beyond 32 bits", 3, []byte{0x82, 0xf4, 0x1b, 0, 0, 0, 1, 0, 0, 0, 0}, ErrMalformed},
		{"expires undefined", 3, []byte{0xf7}, ErrMalformed},
		{"reply to unknown hash", 4, wrongID, ErrMalformed},
		{"extensions null", 5, null, ErrMalformed},
		{"extensions unsorted", 5, []byte{0xa2, 0x04, 0, 0x03, 0}, ErrMalformed},
		{"extensions twice", 5, []byte{0xa2, 0x03, 0, 0x03, 0}, ErrMalformed},
		{"extension key bytes", 5, []byte{0xa1, 0x41, 1, 0}, ErrMalformed},
		{"extension key 0", 5, []byte{0xa1, 0x00, 0}, ErrMalformed},
		{"extension too deep", 5, []byte{0xa1, 0x03, 0x81, 0x81, 0x81, 0x80}, ErrMalformed},
		{"sender a number", 5, []byte{0xa1, 0x01, 0}, ErrMalformed},
		{"sender empty", 5, []byte{0xa1, 0x01, 0x60}, ErrMalformed},
		{"sender with NUL", 5, []byte{0xa1, 0x01, 0x61, 0}, ErrMalformed},
		{"65 extensions", 5, manyExtensions(65), ErrLimit},
		{"claimed 2^31 extensions", 5, []byte{0xba, 0x80, 0, 0, 0}, ErrMalformed},
		{"part null", 6, null, ErrMalformed},
		{"part of 4", 6, []byte{0x84, 1, 0x60, 0, 0}, ErrMalformed},
		{"part of 2", 6, []byte{0x82, 1, 0x60}, ErrMalformed},
		{"disposition 256", 6, []byte{0x83, 0x19, 1, 0, 0x60, 0}, ErrMalformed},
		{"cardinality 4", 6, []byte{0x83, 1, 0x60, 4}, ErrMalformed},
		{"semantics 3", 6, append([]byte{0x85, 1, 0x60, 3, 3, 0x82}, append(part, part...)...), ErrMalformed},
		{"multi of 1", 6, append([]byte{0x85, 1, 0x60, 3, 0, 0x81}, part...), ErrMalformed},
		{"multi of 0", 6, []byte{0x85, 1, 0x60, 3, 0, 0x80}, ErrMalformed},
		{"claimed 2^30 parts", 6, []byte{0x85, 1, 0x60, 3, 0, 0x9a, 0x40, 0, 0, 0}, ErrMalformed},
		{"five levels", 6, nest(4), ErrLimit},
		{"1025 parts", 6, wide, ErrLimit},
		{"too large", 6, big, ErrLimit},
		{"single as text", 6, []byte{0x85, 1, 0x60, 1, 0x61, 'x', 0x61, 'x'}, ErrMalformed},
		{"media type with newline", 6, []byte{0x85, 1, 0x60, 1, 0x61, '\n', 0x40}, ErrMalformed},
		{"long form head", 6, []byte{0x83, 0x18, 0x01, 0x60, 0}, ErrMalformed},
	} {
		fields := append([][]byte(nil), good...)
		fields[c.field] = c.value
		if _, err := Parse(join(fields)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := Parse(join(append(good, null))); !errors.Is(err, ErrMalformed) {
		t.Errorf("eight fields: %v", err)
	}
	if _, err := Parse(join(good[:6])); !errors.Is(err, ErrMalformed) {
		t.Errorf("six fields: %v", err)
	}
	fields := append([][]byte(nil), good...)
	fields[6] = nest(3)
	if _, err := Parse(join(fields)); err != nil {
		t.Errorf("four levels: %v", err)
	}
}

func manyExtensions(n int) []byte {
	b := dcbor.AppendMap(nil, n)
	for i := range n {
		b = append(dcbor.AppendUint(b, uint64(i+100)), 0)
	}
	return b
}

// TestViewOther checks what must not be taken for something that it is not.
func TestViewOther(t *testing.T) {
	single := func(d Disposition, mediaType, content string) Part {
		return Part{Disposition: d, Body: &SinglePart{mediaType, []byte(content)}}
	}
	text := single(DispositionRender, TypePlain, "hello")
	unknown := single(DispositionRender, "application/x-unknown", "?")
	multi := func(s Semantics, parts ...Part) Part {
		return Part{Disposition: DispositionRender, Body: &MultiPart{s, parts}}
	}
	external := func(change func(*ExternalPart)) Part {
		a := attachment(t)
		a.Preview = nil
		p, err := a.part()
		if err != nil {
			t.Fatal(err)
		}
		change(p.Body.(*ExternalPart))
		return p
	}
	for _, c := range []struct {
		name   string
		change func(*Fields)
		want   Kind
		text   string
	}{
		{"null without target", func(f *Fields) { f.Part = Part{Body: NullPart{}} }, KindOther, ""},
		{"reaction to nothing", func(f *Fields) { f.Part = single(DispositionReaction, TypePlain, "x") }, KindOther, ""},
		{"changed reaction", func(f *Fields) {
			f.Replaces, f.InReplyTo, f.Part = id(1), id(2), single(DispositionReaction, TypePlain, "x")
		}, KindOther, ""},
		{"empty reaction", func(f *Fields) { f.InReplyTo, f.Part = id(2), single(DispositionReaction, TypePlain, "") }, KindOther, ""},
		{"long reaction", func(f *Fields) {
			f.InReplyTo, f.Part = id(2), single(DispositionReaction, TypePlain, string(make([]byte, MaxReaction+1)))
		}, KindOther, ""},
		{"broken info", func(f *Fields) { f.Part = single(DispositionProfile, TypeInfo, "\xff") }, KindOther, ""},
		{"info picture without type", func(f *Fields) { f.Part = single(DispositionProfile, TypeInfo, "\xa1\x03\x40") }, KindOther, ""},
		{"info with wrong type", func(f *Fields) { f.Part = single(DispositionProfile, TypeInfo, "\xa1\x01\x00") }, KindOther, ""},
		{"info as edit", func(f *Fields) { f.Replaces, f.Part = id(1), single(DispositionProfile, TypeInfo, "\xa0") }, KindOther, ""},
		{"info not as profile", func(f *Fields) { f.Part = single(DispositionRender, TypeInfo, "\xa0") }, KindOther, ""},
		{"text not UTF-8", func(f *Fields) { f.Part = single(DispositionRender, TypePlain, "\xff") }, KindOther, ""},
		{"unknown disposition", func(f *Fields) { f.Part = single(200, TypePlain, "hello") }, KindText, "hello"},
		{"text type in capitals", func(f *Fields) { f.Part = single(DispositionRender, "Text/Plain", "hello") }, KindText, "hello"},
		{"unknown", func(f *Fields) { f.Part = unknown }, KindOther, ""},
		{"edit into unknown", func(f *Fields) { f.Replaces, f.Part = id(1), unknown }, KindOther, ""},
		{"choose the known", func(f *Fields) { f.Part = multi(ChooseOne, unknown, text, text) }, KindText, "hello"},
		{"all that is known", func(f *Fields) { f.Part = multi(ProcessAll, unknown, text, text) }, KindText, "hello\nhello"},
		{"unit with unknown", func(f *Fields) { f.Part = multi(SingleUnit, text, unknown) }, KindOther, ""},
		{"unit", func(f *Fields) { f.Part = multi(SingleUnit, text, text) }, KindText, "hello\nhello"},
		{"other encryption", func(f *Fields) { f.Part = external(func(p *ExternalPart) { p.EncAlg = 1 }) }, KindOther, ""},
		{"other hash", func(f *Fields) { f.Part = external(func(p *ExternalPart) { p.HashAlg = 1 }) }, KindOther, ""},
		{"nonce", func(f *Fields) { f.Part = external(func(p *ExternalPart) { p.Nonce = []byte{1} }) }, KindOther, ""},
		{"no aad", func(f *Fields) { f.Part = external(func(p *ExternalPart) { p.AAD = nil }) }, KindOther, ""},
		{"short key", func(f *Fields) { f.Part = external(func(p *ExternalPart) { p.Key = p.Key[:16] }) }, KindOther, ""},
		{"short hash", func(f *Fields) { f.Part = external(func(p *ExternalPart) { p.ContentHash = p.ContentHash[:32] }) }, KindOther, ""},
		{"no url", func(f *Fields) { f.Part = external(func(p *ExternalPart) { p.URL = "" }) }, KindOther, ""},
		{"huge size", func(f *Fields) { f.Part = external(func(p *ExternalPart) { p.Size = 1 << 63 }) }, KindOther, ""},
		{"path as name", func(f *Fields) { f.Part = external(func(p *ExternalPart) { p.FileName = "../../x" }) }, KindAttachment, ""},
	} {
		f := base(t)
		c.change(&f)
		m, err := New(f)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		v := m.View()
		if v.Kind != c.want || v.Text != c.text {
			t.Errorf("%s: %v %q", c.name, v.Kind, v.Text)
		}
		for _, a := range v.Attachments {
			if c.name == "path as name" && a.Name != "" {
				t.Errorf("the name %q is a path", a.Name)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	add := func(m *Message, err error) {
		if err != nil {
			f.Fatal(err)
		}
		f.Add(m.Bytes())
	}
	add(NewMessage(header(1), Text{Text: "text", Attachments: []Attachment{attachment(f)}}))
	add(NewEdit(header(1), id(1), Text{Text: "edit"}))
	add(NewUnreaction(header(1), id(1), id(2)))
	add(NewInfo(header(1), Info{Name: "n", Picture: &Preview{"image/png", []byte{1}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrLimit) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		m.View()
		again, err := New(m.Fields())
		if err != nil || !bytes.Equal(again.Bytes(), data) {
			t.Fatalf("encoded again: %v", err)
		}
	})
}

func FuzzInfo(f *testing.F) {
	f.Add([]byte{0xa0})
	f.Add([]byte{0xa2, 0x01, 0x61, 'x', 0x05, 0x18, 0x3c})
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := parseInfo(data)
		if err != nil {
			return
		}
		// Empty values are not written again, so the second encoding is the
		// one to compare with.
		b, err := info.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseInfo(b)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := again.encode(); err != nil || !bytes.Equal(b, c) {
			t.Fatalf("%x, then %x, %v", b, c, err)
		}
	})
}

func FuzzURI(f *testing.F) {
	f.Add("mimi://chat.example/u/alice")
	f.Fuzz(func(t *testing.T, s string) {
		host, kind, name, err := URI(s).Split()
		if err != nil {
			return
		}
		if u, err := newURI(host, kind, name); err != nil || string(u) != s {
			t.Fatalf("%q became %q, %v", s, u, err)
		}
	})
}
