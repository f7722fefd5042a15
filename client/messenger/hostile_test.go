package messenger

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestDamaged checks that the rest goes on, and that what failed is named.
func TestDamaged(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	good := string(thread(two, message(2, "b"), message(1, "a")).Data)
	for name, c := range map[string]struct {
		bad  *fstest.MapFile
		want error
		text string // what can still be read of the thread
	}{
		"empty":              {file(""), ErrFormat, ""},
		"not JSON":           {file("<html>"), ErrFormat, ""},
		"an array":           {file("[]"), ErrFormat, ""},
		"no messages":        {file(`{"participants":[]}`), ErrFormat, ""},
		"messages a string":  {file(`{"messages":"x"}`), ErrFormat, ""},
		"participants wrong": {file(`{"participants":[1],"messages":[]}`), ErrFormat, ""},
		"title wrong":        {file(`{"title":[],"messages":[]}`), ErrFormat, ""},
		"truncated":          {file(good[:len(good)-60]), ErrFormat, ""},
		"deep":               {file(`{"x":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `,"messages":[]}`), ErrFormat, ""},
		"deep message":       {file(`{"messages":[` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `]}`), ErrFormat, ""},
		"one wrong message":  {thread(two, message(3, "c"), `{"timestamp_ms":"soon"}`, message(1, "a")), ErrFormat, "a c"},
		"number as message":  {thread(two, message(3, "c"), `7`, message(1, "a")), ErrFormat, "a c"},
		"time missing":       {thread(two, message(3, "c"), `{"content":"x"}`, message(1, "a")), ErrFormat, "a c"},
		"time negative":      {thread(two, message(3, "c"), message(-1, "x")), ErrFormat, "c"},
		"time beyond":        {thread(two, message(3, "c"), message(maxTimestamp+1, "x")), ErrFormat, "c"},
	} {
		bad := inbox + "bad_11111111/message_1.json"
		e, all := read(t, fstest.MapFS{
			bad:                                    c.bad,
			inbox + "good_22222222/message_1.json": file(good),
		})
		if got := texts(all["22222222"]); got != "a b" {
			t.Errorf("%s: the good thread reads %q", name, got)
		}
		if got := texts(all["11111111"]); got != c.text {
			t.Errorf("%s: what is left reads %q", name, got)
		}
		problems, _ := e.Problems()
		if len(problems) == 0 {
			t.Errorf("%s: no problem named", name)
		}
		for _, p := range problems {
			if p.Path != bad || !errors.Is(p.Err, c.want) {
				t.Errorf("%s: %s: %v", name, p.Path, p.Err)
			}
		}
	}
}

// TestLaterFileDamaged: a thread keeps what its other files hold, and what comes
// before the damage.
func TestLaterFileDamaged(t *testing.T) {
	damaged := thread(two, message(4, "d"), message(3, "c"))
	damaged.Data = damaged.Data[:bytes.Index(damaged.Data, []byte(`"c"`))]
	e, all := read(t, fstest.MapFS{
		inbox + "t_12345678/message_1.json": thread(two, message(6, "f")),
		inbox + "t_12345678/message_2.json": damaged,
		inbox + "t_12345678/message_3.json": thread(two, message(1, "a")),
	})
	if got := texts(all["12345678"]); got != "a d f" {
		t.Error(got)
	}
	if p, _ := e.Problems(); len(p) != 1 || !strings.HasSuffix(p[0].Path, "message_2.json") || !errors.Is(p[0].Err, ErrFormat) {
		t.Errorf("problems %v", p)
	}
}

func TestNoExport(t *testing.T) {
	for name, fsys := range map[string]fs.FS{
		"empty":       fstest.MapFS{},
		"html":        fstest.MapFS{"messages/inbox/x_1/message_1.html": &fstest.MapFile{}},
		"other files": fstest.MapFS{"a/b/c.json": &fstest.MapFile{}},
		"too deep":    fstest.MapFS{"1/2/3/4/5/messages/inbox/x/message_1.json": thread(two)},
	} {
		if _, err := Open(fsys); !errors.Is(err, ErrNoExport) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(os.DirFS(filepath.Join(t.TempDir(), "missing"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
}

func photo(uri string) string {
	return fmt.Sprintf(`{"sender_name":"Ann","timestamp_ms":5,"photos":[{"uri":%q}]}`, uri)
}

// TestPaths checks that nothing outside the export can be reached.
func TestPaths(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "export")
	thr := filepath.Join(dir, filepath.FromSlash(inbox), "t_12345678")
	if err := os.MkdirAll(thr, 0o755); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link.jpg": secret, "folder": outside} {
		if err := os.Symlink(target, filepath.Join(thr, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(thr, "ok.jpg"), []byte("photo"), 0o600); err != nil {
		t.Fatal(err)
	}
	here := inbox + "t_12345678/"
	cases := []struct {
		uri  string
		want error
	}{
		{here + "ok.jpg", nil},
		{here + "missing.jpg", ErrMissing},
		{here + "link.jpg", ErrUnsafePath},
		{here + "folder/secret", ErrUnsafePath},
		{here + "folder", ErrUnsafePath},
		{strings.TrimSuffix(here, "/"), ErrUnsafePath},
		{"../secret", ErrUnsafePath},
		{here + "../../../../../secret", ErrUnsafePath},
		{"/etc/passwd", ErrUnsafePath},
		{secret, ErrUnsafePath},
		{`..\secret`, ErrUnsafePath},
		{`C:\secret`, ErrUnsafePath},
		{".", ErrUnsafePath},
		{"file:///etc/passwd", ErrUnsafePath},
		{"a\x00b", ErrUnsafePath},
	}
	var messages []string
	for _, c := range cases {
		messages = append(messages, strings.Replace(photo(c.uri), `\x00`, `\u0000`, 1))
	}
	if err := os.WriteFile(filepath.Join(thr, "message_1.json"), thread(two, messages...).Data, 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for kind, fsys := range map[string]fs.FS{"root": root.FS(), "dirfs": os.DirFS(dir)} {
		e, all := read(t, fsys)
		if p, _ := e.Problems(); len(p) != 0 {
			t.Fatal(p)
		}
		for i, c := range cases {
			a := all["12345678"][len(cases)-1-i].Attachments[0]
			if !errors.Is(a.Err, c.want) || (a.Path == "") != (c.want != nil) || strings.ContainsAny(a.Name, `/\`) {
				t.Errorf("%s: %q: %+v", kind, c.uri, a)
			}
			if f, err := e.OpenFile(a); c.want == nil {
				if data, err := io.ReadAll(f); err != nil || string(data) != "photo" {
					t.Errorf("%s: %q, %v", kind, data, err)
				}
				f.Close()
			} else if !errors.Is(err, c.want) {
				t.Errorf("%s: %q opened: %v", kind, c.uri, err)
			}
		}
		for _, name := range []string{"../secret", here + "link.jpg", here + "folder/secret"} {
			if _, err := e.OpenFile(Attachment{Path: name}); !errors.Is(err, ErrUnsafePath) {
				t.Errorf("%s: %s opened: %v", kind, name, err)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("é", MaxText)
	many := `{"sender_name":"` + long + `","timestamp_ms":5,"reactions":[` +
		strings.Repeat(`{"reaction":"x","actor":"y"},`, 2*MaxPerMessage) + `{}],"files":[` +
		strings.Repeat(`{"uri":"x"},`, 2*MaxPerMessage) + `{}]}`
	_, all := read(t, fstest.MapFS{inbox + "t_12345678/message_1.json": thread(two, message(6, long), many)})
	m := all["12345678"]
	if len(m) != 2 || len(m[1].Text) > MaxText || len(m[0].Sender) > maxName ||
		len(m[0].Reactions) != MaxPerMessage || len(m[0].Attachments) != MaxPerMessage {
		t.Error("a limit does not hold")
	}

	e, all := read(t, fstest.MapFS{
		inbox + "t_12345678/message_1.json": thread(two, strings.TrimSuffix(strings.Repeat("7,", maxProblems+10), ",")),
		inbox + "u_12345679/message_1.json": {Data: append(thread(two, message(1, "a")).Data, bytes.Repeat([]byte(" "), MaxFile)...)},
	})
	if p, more := e.Problems(); len(p) != maxProblems || more == 0 {
		t.Errorf("%d problems and %d more", len(p), more)
	}
	if got := texts(all["12345679"]); got != "a" {
		t.Errorf("of a file with much white space at its end: %q", got)
	}
	large := thread(two, message(2, "b"), message(1, strings.Repeat("x", MaxFile)))
	e, all = read(t, fstest.MapFS{
		inbox + "t_12345678/message_1.json": thread(two, message(3, "c")),
		inbox + "t_12345678/message_2.json": large,
	})
	if p, _ := e.Problems(); len(p) != 1 || !errors.Is(p[0].Err, ErrLimit) {
		t.Errorf("large file: %v", p)
	}
	if got := texts(all["12345678"]); got != "b c" {
		t.Errorf("beside a large file: %q", got)
	}
}

// TestDamagedZip: an attachment whose checksum is wrong must not be taken for
// genuine.
func TestDamagedZip(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(name string, data []byte) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		f.Write(data)
	}
	add(inbox+"t_12345678/message_1.json", thread(two, photo(inbox+"t_12345678/p.jpg")).Data)
	add(inbox+"t_12345678/p.jpg", []byte("the photo"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := bytes.Replace(b.Bytes(), []byte("the photo"), []byte("the phot0"), 1)
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	e, all := read(t, r)
	f, err := e.OpenFile(all["12345678"][0].Attachments[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.ReadAll(f); !errors.Is(err, zip.ErrChecksum) {
		t.Errorf("wrong checksum: %v", err)
	}
}

func TestShortFile(t *testing.T) {
	r := &exactReader{f: open(t, "abc"), left: 4}
	if _, err := io.ReadAll(r); !errors.Is(err, ErrFormat) {
		t.Errorf("a short file: %v", err)
	}
	r = &exactReader{f: open(t, "abc"), left: 2}
	if _, err := io.ReadAll(r); !errors.Is(err, ErrFormat) {
		t.Errorf("a long file: %v", err)
	}
}

func open(t *testing.T, content string) fs.File {
	t.Helper()
	f, err := fstest.MapFS{"x": {Data: []byte(content)}}.Open("x")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func FuzzMessages(f *testing.F) {
	f.Add(thread(two, message(2, "b"), message(1, "a")).Data)
	f.Add(thread(two, photo("x"), `{"reactions":[{}],"share":{},"sticker":{"uri":"../x"}}`).Data)
	f.Add([]byte(`{"title":"x","participants":[{"name":"a"}],"messages":[7]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Open(fstest.MapFS{inbox + "t_12345678/message_1.json": {Data: data}, inbox + "t_12345678/message_2.json": {Data: data}})
		if err != nil {
			if !errors.Is(err, ErrNoExport) {
				t.Fatal(err)
			}
			return
		}
		for i := range e.Threads() {
			last := int64(0)
			ids := map[MessageID]bool{}
			for m := range e.Messages(&e.Threads()[i]) {
				if ms := m.Time.UnixMilli(); ms < last || ids[m.ID] {
					t.Fatal("order or ids")
				} else {
					last, ids[m.ID] = ms, true
				}
			}
		}
		e.Owner()
	})
}
