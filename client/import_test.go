package client

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/messenger"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/payload"
)

const exampleExport = "../examples/messenger-export"

// shown is all that a device shows of its imported conversations.
func shown(t *testing.T, e *Engine) string {
	t.Helper()
	threads, err := e.importedThreads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, c := range threads {
		fmt.Fprintln(&out, c.ID, c.Kind, c.Name, c.Participants, c.LastActivity, c.Messages)
		list, err := e.importedHistory(t.Context(), c.ID, Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			fmt.Fprintf(&out, "%+v\n", m)
		}
	}
	return out.String()
}

// The example comes in whole, and back on another device by the private log
// alone.
func TestImportAndRestore(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	last := Progress{}
	e.cfg.Progress = func(p Progress) {
		if p.Task == "import" {
			last = p
		}
	}
	export := os.DirFS(exampleExport)
	start := time.Now()
	out, err := e.ImportMessenger(t.Context(), export, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d threads, %d messages, %d files, %d entries in %v; problems: %q",
		out.Threads, out.Messages, out.Attachments, len(s.log), time.Since(start), out.Problems)
	if out.Threads < 12 || out.Messages < 2000 || out.Attachments == 0 || out.Skipped != 0 {
		t.Errorf("imported %+v", out)
	}
	if last.Done != int64(out.Messages) || last.Total != last.Done {
		t.Errorf("progress ended at %+v", last)
	}
	threads, messages, err := e.importedCount(t.Context())
	if err != nil || threads != out.Threads || messages != out.Messages {
		t.Errorf("here are %d threads and %d messages, %v", threads, messages, err)
	}
	before := shown(t, e)

	entries, blobs := len(s.log), len(s.blobs)
	again, err := e.ImportMessenger(t.Context(), export, "")
	if err != nil || again.Messages != 0 || again.Threads != 0 || again.Attachments != 0 || again.Skipped != out.Messages {
		t.Errorf("a second import: %+v, %v", again, err)
	}
	if len(s.log) != entries || len(s.blobs) != blobs || shown(t, e) != before {
		t.Error("a second import changed something")
	}

	other, _ := openFileDevice(t, s, e.self, mem.New())
	start = time.Now()
	if err := other.withAccount(t.Context(), func() error { return other.syncPrivate(t.Context()) }); err != nil {
		t.Fatal(err)
	}
	t.Logf("restored in %v", time.Since(start))
	if shown(t, other) != before {
		t.Error("another device shows something else")
	}
}

// What the export says is what is shown.
func TestImportShowsTheExport(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	fsys := os.DirFS(exampleExport)
	if _, err := e.ImportMessenger(t.Context(), fsys, ""); err != nil {
		t.Fatal(err)
	}
	export, err := messenger.Open(fsys)
	if err != nil {
		t.Fatal(err)
	}
	owner, err := export.Owner()
	if err != nil {
		t.Fatal(err)
	}
	threads := export.Threads()
	files := 0
	for i := range threads {
		id := payload.ImportedThreadID(e.self.id, SourceMessenger, threads[i].ID)
		list, err := e.importedHistory(t.Context(), id, Page{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for m := range export.Messages(&threads[i]) {
			if n >= len(list) {
				t.Fatalf("%s has %d messages only", threads[i].ID, len(list))
			}
			got := list[n]
			n++
			if got.Seq != uint64(n) || !got.Time.Equal(m.Time) || got.SenderHandle != m.Sender || got.Unsent != (m.Kind == messenger.KindUnsent) ||
				!strings.Contains(got.Text, m.Text) || !strings.Contains(got.Text, m.Link) || got.Source != SourceMessenger || got.State != StateSent {
				t.Fatalf("%+v became %+v", m, got)
			}
			if (got.Sender == e.self.id) != (m.Sender == owner) {
				t.Errorf("message %d is not attributed well", n)
			}
			if len(got.Reactions) != len(m.Reactions) {
				t.Errorf("message %d has %d reactions, want %d", n, len(got.Reactions), len(m.Reactions))
			}
			for j, a := range got.Attachments {
				if a.Size != m.Attachments[j].Size {
					t.Errorf("%s has %d bytes, want %d", a.Name, a.Size, m.Attachments[j].Size)
				}
				var b bytes.Buffer
				if _, err := e.SaveAttachment(t.Context(), got.ID.String(), j, &b); err != nil {
					t.Fatal(err)
				}
				want, err := fs.ReadFile(fsys, m.Attachments[j].Path)
				if err != nil || !bytes.Equal(b.Bytes(), want) {
					t.Errorf("%s came back otherwise, %v", a.Name, err)
				}
				files++
			}
		}
		if n != len(list) {
			t.Errorf("%s has %d messages, want %d", threads[i].ID, len(list), n)
		}
	}
	if files == 0 {
		t.Error("no file was compared")
	}
}

func messages(e *Engine, t *testing.T) []Message {
	threads, err := e.importedThreads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []Message
	for _, c := range threads {
		list, err := e.importedHistory(t.Context(), c.ID, Page{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	return all
}

// smallExport is an export of one thread whose messages have the given times.
func smallExport(times ...int) fstest.MapFS {
	var list []string
	for _, ms := range times {
		list = append(list, fmt.Sprintf(`{"sender_name":"Bob","timestamp_ms":%d,"content":"note %d","photos":[{"uri":"messages/inbox/bob_1/photos/%d.jpg"}]}`, ms, ms, ms))
	}
	out := fstest.MapFS{"messages/inbox/bob_1/message_1.json": {Data: []byte(
		`{"participants":[{"name":"Bob"},{"name":"Alice"}],"title":"Bob","thread_path":"inbox/bob_1","messages":[` + strings.Join(list, ",") + `]}`)}}
	for _, ms := range times {
		out[fmt.Sprintf("messages/inbox/bob_1/photos/%d.jpg", ms)] = &fstest.MapFile{Data: fileOf(ms % 1000)}
	}
	return out
}

// An import that dies at any write is finished by the next one.
func TestImportSurvivesCrashes(t *testing.T) {
	fsys := smallExport(1005, 1004, 1003, 1002, 1001)
	whole := func() string {
		e, _ := fileDevice(t, newFileServer())
		if _, err := e.ImportMessenger(t.Context(), fsys, "Alice"); err != nil {
			t.Fatal(err)
		}
		return texts(t, e)
	}()
	if strings.Count(whole, "note") != 5 {
		t.Fatal(whole)
	}
	crashes := 0
	for k := 0; ; k++ {
		s := newFileServer()
		e, inner := fileDevice(t, s)
		inner.Inject(mem.CrashAt(inner.Applies()+k, mem.CrashBefore))
		_, err := e.ImportMessenger(t.Context(), fsys, "Alice")
		if err == nil {
			break
		}
		crashes++
		e = reopenFileDevice(t, s, inner.Survivor())
		if _, err := e.ImportMessenger(t.Context(), fsys, "Alice"); err != nil {
			t.Fatalf("crash %d: %v", k, err)
		}
		if got := texts(t, e); got != whole {
			t.Errorf("crash %d: %s", k, got)
		}
	}
	if crashes == 0 {
		t.Error("no crash happened")
	}
}

func texts(t *testing.T, e *Engine) string {
	var out []string
	for _, m := range messages(e, t) {
		out = append(out, fmt.Sprintf("%d %s %s %d", m.Seq, m.SenderHandle, m.Text, len(m.Attachments)))
	}
	return strings.Join(out, "\n")
}

// Two devices import the same before they know of each other.
func TestImportOnTwoDevices(t *testing.T) {
	fsys := smallExport(1001, 1002)
	s := newFileServer()
	a, _ := fileDevice(t, s)
	b, _ := openFileDevice(t, s, a.self, mem.New())
	alone := newFileServer()
	alone.chain = s.chain
	b.transport = alone
	if _, err := a.ImportMessenger(t.Context(), fsys, "Alice"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ImportMessenger(t.Context(), fsys, "Alice"); err != nil {
		t.Fatal(err)
	}
	export, err := messenger.Open(fsys)
	if err != nil {
		t.Fatal(err)
	}
	// What b has appended arrives at a as well.
	if err := a.withAccount(t.Context(), func() error {
		x := messengerImport{e: a, files: map[string]content.Attachment{}}
		run := payload.ImportRun{Thread: export.Threads()[0].ID, Title: "Bob", Kind: 1, Owner: "Alice"}
		for _, m := range messages(b, t) {
			run.Messages = append(run.Messages, payload.ImportedMessage{ID: m.ID, TimeMS: uint64(m.Time.UnixMilli()), Text: m.Text})
		}
		x.building.Runs = []payload.ImportRun{run}
		x.seal()
		return a.appendPrivate(t.Context(), x.ready...)
	}); err != nil {
		t.Fatal(err)
	}
	if texts(t, a) != texts(t, b) {
		t.Errorf("%s\n%s", texts(t, a), texts(t, b))
	}
}

func TestImportOfAnOlderExportLater(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	for _, fsys := range []fs.FS{smallExport(2001, 2002, 2003), smallExport(1001, 2002, 3001)} {
		if _, err := e.ImportMessenger(t.Context(), fsys, "Alice"); err != nil {
			t.Fatal(err)
		}
	}
	all := messages(e, t)
	if len(all) != 5 {
		t.Fatalf("%d messages", len(all))
	}
	for i := 1; i < len(all); i++ {
		if all[i].Time.Before(all[i-1].Time) {
			t.Errorf("message %d is older than the one before", i)
		}
	}
	page, err := e.importedHistory(t.Context(), all[0].Conversation, Page{Before: all[3].Seq, Limit: 2})
	if err != nil || len(page) != 2 || page[0].ID != all[1].ID || page[1].ID != all[2].ID {
		t.Errorf("page %v, %v", page, err)
	}
}

func TestImportedPages(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	var times []int
	for i := range 200 {
		times = append(times, 1_000_000+i*1000)
	}
	if _, err := e.ImportMessenger(t.Context(), smallExport(times...), "Alice"); err != nil {
		t.Fatal(err)
	}
	all := messages(e, t)
	id := all[0].Conversation
	for _, p := range []struct {
		before uint64
		limit  int
		first  uint64
		n      int
	}{{0, 0, 1, 200}, {0, 30, 171, 30}, {171, 30, 141, 30}, {65, 1, 64, 1}, {66, 2, 64, 2}, {1, 10, 0, 0}, {999, 5, 196, 5}, {10, 100, 1, 9}} {
		list, err := e.importedHistory(t.Context(), id, Page{Before: p.before, Limit: p.limit})
		if err != nil || len(list) != p.n || p.n > 0 && list[0].Seq != p.first {
			t.Errorf("%+v: %d messages, %v", p, len(list), err)
		}
	}
}

func TestImportNamesProblemsAndGoesOn(t *testing.T) {
	fsys := smallExport(1001, 1002, 1003)
	delete(fsys, "messages/inbox/bob_1/photos/1002.jpg")
	fsys["messages/inbox/bad_2/message_1.json"] = &fstest.MapFile{Data: []byte("{broken")}
	s := newFileServer()
	e, _ := fileDevice(t, s)
	out, err := e.ImportMessenger(t.Context(), fsys, "Alice")
	if err != nil || out.Messages != 3 || out.Attachments != 2 || len(out.Problems) < 2 {
		t.Errorf("%+v, %v", out, err)
	}
	if !strings.Contains(texts(t, e), "[1002.jpg could not be imported]") {
		t.Error("the message does not say that its file is missing")
	}
}

func TestImportWithFilesTooLarge(t *testing.T) {
	s := newFileServer()
	s.maxBlob = 1000
	fsys := smallExport(1001, 1002)
	fsys["messages/inbox/bob_1/photos/1001.jpg"] = &fstest.MapFile{Data: fileOf(5000)}
	e, _ := fileDevice(t, s)
	out, err := e.ImportMessenger(t.Context(), fsys, "Alice")
	if err != nil || out.Messages != 2 || out.Attachments != 1 || len(out.Problems) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestImportOfALargeFile(t *testing.T) {
	fsys := smallExport(1001)
	data := fileOf(importHeld + 5)
	fsys["messages/inbox/bob_1/photos/1001.jpg"] = &fstest.MapFile{Data: data}
	e, _ := fileDevice(t, newFileServer())
	if _, err := e.ImportMessenger(t.Context(), fsys, "Alice"); err != nil {
		t.Fatal(err)
	}
	if n := stages(t, e); n != 0 {
		t.Errorf("%d rows of the file are left", n)
	}
	var b bytes.Buffer
	if _, err := e.SaveAttachment(t.Context(), messages(e, t)[0].ID.String(), 0, &b); err != nil || !bytes.Equal(b.Bytes(), data) {
		t.Errorf("%d bytes, %v", b.Len(), err)
	}
}

func TestImportWithoutServer(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	s.status = func(string, int) int { return http.StatusServiceUnavailable }
	if _, err := e.ImportMessenger(t.Context(), smallExport(1001), "Alice"); fault.KindOf(err) != fault.KindUnreachable {
		t.Errorf("got %v", err)
	}
	s.status = nil
	if out, err := e.ImportMessenger(t.Context(), smallExport(1001), "Alice"); err != nil || out.Messages != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestImportRefuses(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	for name, x := range map[string]struct {
		fsys fs.FS
		me   string
	}{
		"no export":   {fstest.MapFS{"a.txt": {Data: []byte("x")}}, ""},
		"a stranger":  {smallExport(1001), "Carol"},
		"two it is":   {smallExport(1001), ""},
		"empty world": {fstest.MapFS{}, ""},
	} {
		_, err := e.ImportMessenger(t.Context(), x.fsys, x.me)
		if fault.KindOf(err) != fault.KindUsage {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.ImportMessenger(ctx, smallExport(1001), "Alice"); err == nil {
		t.Error("imported after the caller had given up")
	}
}

func TestDeleteImportedForMe(t *testing.T) {
	e, inner := fileDevice(t, newFileServer())
	fsys := smallExport(1001, 1002, 1003)
	if _, err := e.ImportMessenger(t.Context(), fsys, "Alice"); err != nil {
		t.Fatal(err)
	}
	all := messages(e, t)
	hide := func() {
		err := e.withAccount(t.Context(), func() error {
			return e.hideImported(t.Context(), new(store.Batch), []content.MessageID{all[1].ID, {1, 9}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	hide()
	hide()
	if out, err := e.ImportMessenger(t.Context(), fsys, "Alice"); err != nil || out.Messages != 0 {
		t.Errorf("an import brought it back: %+v, %v", out, err)
	}
	if list := messages(e, t); len(list) != 2 || list[1].ID != all[2].ID || list[1].Seq != 3 {
		t.Errorf("%d messages are left", len(list))
	}
	if _, n, err := e.importedCount(t.Context()); err != nil || n != 2 {
		t.Errorf("counted %d, %v", n, err)
	}
	if list, err := e.importedMessages(t.Context(), all[1].ID.String()); err != nil || len(list) != 0 {
		t.Errorf("found %v, %v", list, err)
	}
	if hits, err := e.Search(t.Context(), []string{"1002"}, ""); err != nil || len(hits) != 0 {
		t.Errorf("search finds %v, %v", hits, err)
	}
	entries, err := store.Collect(t.Context(), inner, tableImported.Range())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range entries {
		if bytes.Contains(x.Value, []byte("note 1002")) {
			t.Error("the text is still in the store")
		}
	}
}

func TestSearchImported(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	if _, err := e.ImportMessenger(t.Context(), smallExport(1001, 1002), "Alice"); err != nil {
		t.Fatal(err)
	}
	hits, err := e.Search(t.Context(), []string{"note", "1002"}, "")
	if err != nil || len(hits) != 1 || hits[0].Text != "note 1002" {
		t.Errorf("found %v, %v", hits, err)
	}
	n, err := e.importedNumber(t.Context(), hits[0].Conversation)
	if err != nil || n == 0 {
		t.Errorf("number %d, %v", n, err)
	}
	if _, ok, err := e.importedAt(t.Context(), n, 77); ok || err != nil {
		t.Errorf("a message that is not there: %v, %v", ok, err)
	}
	if _, ok, err := e.importedAt(t.Context(), n+1, 1); ok || err != nil {
		t.Errorf("a thread that is not there: %v, %v", ok, err)
	}
}

func TestHugeMessagesFit(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	long := strings.Repeat("x", messenger.MaxText-10)
	var list, reactions []string
	for range 100 {
		reactions = append(reactions, fmt.Sprintf(`{"reaction":"y","actor":%q}`, strings.Repeat("n", 1000)))
	}
	for i := range 70 {
		list = append(list, fmt.Sprintf(`{"sender_name":"Bob","timestamp_ms":%d,"content":"%s %d","reactions":[%s]}`, 1000+i, long, i, strings.Join(reactions, ",")))
	}
	fsys := fstest.MapFS{"messages/inbox/bob_1/message_1.json": {Data: []byte(
		`{"participants":[{"name":"Bob"},{"name":"Alice"}],"title":"Bob","thread_path":"inbox/bob_1","messages":[` + strings.Join(list, ",") + `]}`)}}
	s := e.transport.(*fileServer)
	out, err := e.ImportMessenger(t.Context(), fsys, "Alice")
	if err != nil || out.Messages != 70 {
		t.Fatalf("%d messages, %v", out.Messages, err)
	}
	for _, x := range s.log {
		if len(x) > 524288 {
			t.Errorf("an entry of %d bytes", len(x))
		}
	}
	all := messages(e, t)
	if len(all) != 70 || len(all[69].Text) < len(long) {
		t.Errorf("%d messages", len(all))
	}
}
