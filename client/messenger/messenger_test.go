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
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const (
	example = "../../examples/messenger-export"
	inbox   = "your_activity_across_facebook/messages/inbox/"
)

// read returns all messages of an export by thread id.
func read(t testing.TB, fsys fs.FS) (*Export, map[string][]Message) {
	t.Helper()
	e, err := Open(fsys)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]Message{}
	for i := range e.Threads() {
		th := &e.Threads()[i]
		for m := range e.Messages(th) {
			all[th.ID] = append(all[th.ID], m)
		}
	}
	return e, all
}

func openExample(t testing.TB) fs.FS {
	t.Helper()
	root, err := os.OpenRoot(example)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root.FS()
}

func TestExample(t *testing.T) {
	e, all := read(t, openExample(t))
	if p, _ := e.Problems(); len(p) > 0 {
		t.Fatalf("problems: %v", p)
	}
	if owner, err := e.Owner(); err != nil || owner != "Alice Archer" {
		t.Errorf("owner %q, %v", owner, err)
	}
	if len(e.Threads()) != 12 {
		t.Errorf("%d threads", len(e.Threads()))
	}
	kinds, groups, reactions, files, total := map[Kind]int{}, 0, 0, 0, 0
	ids := map[MessageID]bool{}
	first, last := time.Now(), time.Time{}
	for _, th := range e.Threads() {
		if th.Kind == Group {
			groups++
		}
		previous := time.Time{}
		for _, m := range all[th.ID] {
			total++
			kinds[m.Kind]++
			reactions += len(m.Reactions)
			if m.Time.Before(previous) {
				t.Fatalf("%s is not in order", th.Title)
			}
			previous = m.Time
			if m.Time.Before(first) {
				first = m.Time
			}
			if m.Time.After(last) {
				last = m.Time
			}
			if ids[m.ID] {
				t.Errorf("id %s twice", m.ID)
			}
			ids[m.ID] = true
			if !slices.Contains(th.Participants, m.Sender) {
				t.Errorf("%s does not take part in %s", m.Sender, th.Title)
			}
			if strings.ContainsAny(m.Text+th.Title+m.Sender, "ÃÂ\u0080\u0099") || strings.Contains(m.Text, "ð\u009f") {
				t.Errorf("not repaired: %q", m.Text)
			}
			for _, a := range m.Attachments {
				files++
				data := readFile(t, e, a)
				switch {
				case a.MediaType == "image/png" && bytes.HasPrefix(data, []byte("\x89PNG")):
				case a.MediaType == "image/jpeg" && bytes.HasPrefix(data, []byte("\xff\xd8")):
				case a.MediaType == "text/plain":
				default:
					t.Errorf("%s is no %s", a.Path, a.MediaType)
				}
			}
		}
	}
	if total < 2000 || groups != 4 || reactions < 100 || files < 20 {
		t.Errorf("%d messages, %d groups, %d reactions, %d files", total, groups, reactions, files)
	}
	for _, k := range []Kind{KindText, KindMedia, KindShare, KindCall, KindUnsent} {
		if kinds[k] == 0 {
			t.Errorf("no message of kind %v", k)
		}
	}
	if last.Sub(first) < 4*365*24*time.Hour {
		t.Errorf("from %v to %v", first, last)
	}
}

func readFile(t testing.TB, e *Export, a Attachment) []byte {
	t.Helper()
	f, err := e.OpenFile(a)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil || int64(len(data)) != a.Size {
		t.Fatalf("%s: %d bytes, want %d, %v", a.Path, len(data), a.Size, err)
	}
	return data
}

// TestZip reads the same export from a zip file, in a folder of its own there.
func TestZip(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	err := filepath.WalkDir(example, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(example, p)
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		f, err := w.Create("facebook-alice/" + filepath.ToSlash(name))
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return err
	})
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	zipped, inZip := read(t, r)
	_, inFolder := read(t, openExample(t))
	if p, _ := zipped.Problems(); len(p) > 0 {
		t.Errorf("problems: %v", p)
	}
	for id, want := range inFolder {
		got := inZip[id]
		if len(got) != len(want) {
			t.Fatalf("thread %s: %d messages, want %d", id, len(got), len(want))
		}
		for i := range want {
			if got[i].ID != want[i].ID || got[i].Text != want[i].Text || len(got[i].Attachments) != len(want[i].Attachments) {
				t.Fatalf("thread %s: message %d differs", id, i)
			}
			for _, a := range got[i].Attachments {
				readFile(t, zipped, a)
			}
		}
	}
}

// thread returns a message file; messages are JSON objects, newest first.
func thread(people []string, messages ...string) *fstest.MapFile {
	var names []string
	for _, p := range people {
		names = append(names, fmt.Sprintf(`{"name":%q}`, p))
	}
	return &fstest.MapFile{Data: fmt.Appendf(nil, `{"participants":[%s],"messages":[%s],"title":"T","thread_path":"inbox/x"}`,
		strings.Join(names, ","), strings.Join(messages, ","))}
}

func message(ms int, text string) string {
	return fmt.Sprintf(`{"sender_name":"Ann","timestamp_ms":%d,"content":%q}`, ms, text)
}

var two = []string{"Ann", "Ben"}

func texts(messages []Message) string {
	var s []string
	for _, m := range messages {
		s = append(s, m.Text)
	}
	return strings.Join(s, " ")
}

// TestPartOfExport opens folders within the export.
func TestPartOfExport(t *testing.T) {
	for _, dir := range []string{"your_activity_across_facebook", "your_activity_across_facebook/messages"} {
		fsys, err := fs.Sub(os.DirFS(example), dir)
		if err != nil {
			t.Fatal(err)
		}
		e, all := read(t, fsys)
		files := 0
		for _, messages := range all {
			for _, m := range messages {
				for _, a := range m.Attachments {
					readFile(t, e, a)
					files++
				}
			}
		}
		if len(all) != 12 || files < 20 {
			t.Errorf("%s: %d threads, %d files", dir, len(all), files)
		}
	}
}

func TestOrderAcrossFiles(t *testing.T) {
	_, all := read(t, fstest.MapFS{
		inbox + "t_12345678/message_1.json":  thread(two, message(90, "i"), message(80, "h")),
		inbox + "t_12345678/message_2.json":  thread(two, message(70, "g"), message(40, "d"), message(40, "c")),
		inbox + "t_12345678/message_10.json": thread(two, message(60, "f"), message(50, "e"), message(20, "b"), message(10, "a")),
		inbox + "t_12345678/message_x.json":  thread(two, message(1, "no")),
		inbox + "t_12345678/other.json":      thread(two, message(1, "no")),
	})
	if got := texts(all["12345678"]); got != "a b c d e f g h i" {
		t.Error(got)
	}
}

func TestIDs(t *testing.T) {
	again := message(5, "ok")
	_, before := read(t, fstest.MapFS{inbox + "ann_12345678/message_1.json": thread(two, again, again, message(4, "x"))})
	// A later export: renamed, archived, with new messages and a reaction.
	reacted := `{"sender_name":"Ann","timestamp_ms":4,"content":"x","reactions":[{"reaction":"y","actor":"Ben"}]}`
	_, after := read(t, fstest.MapFS{
		"messages/archived_threads/newname_12345678/message_1.json": thread(two, message(7, "new"), message(6, "new")),
		"messages/archived_threads/newname_12345678/message_2.json": thread(two, again, again, reacted),
	})
	b, a := before["12345678"], after["12345678"]
	if len(b) != 3 || len(a) != 5 {
		t.Fatalf("%d and %d messages", len(b), len(a))
	}
	seen := map[MessageID]bool{}
	for i, m := range a {
		if i < 3 && m.ID != b[i].ID {
			t.Errorf("message %d has another id", i)
		}
		if seen[m.ID] {
			t.Errorf("message %d has an id of another", i)
		}
		seen[m.ID] = true
	}
	_, other := read(t, fstest.MapFS{inbox + "ann_87654321/message_1.json": thread(two, message(4, "x"))})
	if seen[other["87654321"][0].ID] {
		t.Error("another thread's message has the same id")
	}
}

func TestOwner(t *testing.T) {
	for name, c := range map[string]struct {
		threads [][]string
		profile string
		want    string
		choices string
	}{
		"common":        {[][]string{{"Ann", "Ben"}, {"Ann", "Cid"}, {"Ann", "Ben", "Cid"}}, "", "Ann", ""},
		"one thread":    {[][]string{{"Ann", "Ben"}}, "", "", "Ann Ben"},
		"two common":    {[][]string{{"Ann", "Ben"}, {"Ann", "Ben", "Cid"}}, "", "", "Ann Ben Cid"},
		"none common":   {[][]string{{"Ann", "Ben"}, {"Ann", "Cid"}, {"Ben", "Cid", "Dot"}}, "", "", "Ann Ben Cid Dot"},
		"profile":       {[][]string{{"Ann", "Ben"}}, "Ben", "Ben", ""},
		"odd profile":   {[][]string{{"Ann", "Ben"}, {"Ann"}}, "Zoe", "Ann", ""},
		"broken profil": {[][]string{{"Ann", "Ben"}, {"Ann"}}, "\"", "Ann", ""},
	} {
		fsys := fstest.MapFS{}
		for i, people := range c.threads {
			fsys[fmt.Sprintf("%st_%08d/message_1.json", inbox, i)] = thread(people, message(1, "x"))
		}
		if c.profile != "" {
			fsys["personal_information/profile_information/profile_information.json"] =
				&fstest.MapFile{Data: []byte(`{"profile_v2":{"name":{"full_name":"` + c.profile + `"}}}`)}
		}
		e, _ := read(t, fsys)
		got, err := e.Owner()
		var ambiguous *OwnerError
		if errors.As(err, &ambiguous) {
			if strings.Join(ambiguous.Choices, " ") != c.choices || c.choices == "" || got != "" {
				t.Errorf("%s: choices %v", name, ambiguous.Choices)
			}
		} else if got != c.want || err != nil || c.choices != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if !e.IsParticipant("Ann") || e.IsParticipant("Nobody") {
			t.Errorf("%s: IsParticipant", name)
		}
	}
}

func TestRepair(t *testing.T) {
	for _, c := range [][2]string{
		{"", ""},
		{"plain", "plain"},
		{"\u00f0\u009f\u0098\u0080", "😀"},
		{"J\u00c3\u00bcrgen", "Jürgen"},
		{"\u00e7\u0094\u00b0 x", "田 x"},
		{"Jürgen", "Jürgen"}, // proper already
		{"😀", "😀"},
		{"😀 \u00c3\u00bc", "😀 \u00c3\u00bc"},
		{"\u00f0\u009f\u0098", "\u00f0\u009f\u0098"}, // cut off
	} {
		if got := repair(c[0]); got != c[1] {
			t.Errorf("repair(%q) = %q, want %q", c[0], got, c[1])
		}
	}
	if got := cut("aü", 2); got != "a" {
		t.Errorf("cut inside a character: %q", got)
	}
}

func TestKinds(t *testing.T) {
	_, all := read(t, fstest.MapFS{inbox + "t_12345678/message_1.json": thread(two,
		`{"sender_name":"A","timestamp_ms":12,"content":"x","type":"Unsubscribe"}`,
		`{"sender_name":"A","timestamp_ms":11,"content":"A called","call_duration":-5,"type":"Call"}`,
		`{"sender_name":"A","timestamp_ms":10,"content":"A called","call_duration":65}`,
		`{"sender_name":"A","timestamp_ms":9,"content":"gone","is_unsent":true,"photos":[{"uri":"x"}]}`,
		`{"sender_name":"A","timestamp_ms":8}`,
		`{"sender_name":"A","timestamp_ms":7,"share":{"link":"javascript:alert(1)"}}`,
		`{"sender_name":"A","timestamp_ms":6,"gifs":[{"uri":"https://gifs.example/1.gif"}]}`,
		`{"sender_name":"A","timestamp_ms":5,"share":{"link":"https://x.example/\u00c3\u00a9","share_text":"look"}}`,
		`{"sender_name":"A","timestamp_ms":4,"sticker":{"uri":"messages/stickers_used/1.png"}}`,
		`{"sender_name":"A","timestamp_ms":3,"content":"hi","reactions":[{"reaction":"\u00e2\u009d\u00a4","actor":"J\u00c3\u00bc"},{"reaction":"","actor":"x"}]}`,
	)})
	got := all["12345678"]
	want := []struct {
		kind        Kind
		text, link  string
		files, call int
	}{
		{KindText, "hi", "", 0, 0}, {KindMedia, "", "", 1, 0}, {KindText, "look", "https://x.example/é", 0, 0},
		{KindShare, "", "https://gifs.example/1.gif", 0, 0}, {KindEmpty, "", "", 0, 0}, {KindEmpty, "", "", 0, 0},
		{KindUnsent, "", "", 0, 0}, {KindCall, "A called", "", 0, 65}, {KindCall, "A called", "", 0, 0}, {KindSystem, "x", "", 0, 0},
	}
	if len(got) != len(want) {
		t.Fatalf("%d messages", len(got))
	}
	for i, w := range want {
		m := got[i]
		if m.Kind != w.kind || m.Text != w.text || m.Link != w.link || len(m.Attachments) != w.files || m.CallSeconds != w.call {
			t.Errorf("message %d: %v %+v", i, m.Kind, m)
		}
	}
	if r := got[0].Reactions; len(r) != 1 || r[0] != (Reaction{"Jü", "❤"}) {
		t.Errorf("reactions %v", r)
	}
}
