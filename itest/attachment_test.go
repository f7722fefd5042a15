package itest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// attach sends a file and returns the message.
func (d *device) attach(to, name string, content []byte, keep bool) client.Message {
	d.w.tb.Helper()
	m, err := d.Send(d.w.ctx, to, client.Outgoing{Files: []client.File{{
		Name: name, Size: int64(len(content)), Content: bytes.NewReader(content), KeepMetadata: keep,
	}}})
	d.w.must(err)
	return m
}

// photograph is a JPEG that says where it was taken.
func photograph(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 64, 32)), nil); err != nil {
		tb.Fatal(err)
	}
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00 48.8583 N 2.2945 E"
	seg := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return append(append(append([]byte{}, b.Bytes()[:2]...), append(seg, exif...)...), b.Bytes()[2:]...)
}

// TestMetadataStays: a picture does not say where it was taken, unless it is sent
// so; one of which that cannot be taken out is sent only so.
func TestMetadataStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	photo := photograph(t)
	for keep, want := range map[bool]bool{false: false, true: true} {
		m := alice.attach("bob", "beach.jpg", photo, keep)
		bob.fresh("alice")
		var got bytes.Buffer
		_, err := bob.SaveAttachment(w.ctx, m.ID.String(), 0, &got)
		w.must(err)
		if bytes.Contains(got.Bytes(), []byte("48.8583")) != want {
			t.Errorf("with its metadata kept: %v; the place is there: %v", keep, !want)
		}
		if _, err := jpeg.Decode(&got); err != nil {
			t.Errorf("what came is no picture: %v", err)
		}
	}
	heic := append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), make([]byte, 100)...)
	send := func(keep bool) error {
		_, err := alice.Send(w.ctx, "bob", client.Outgoing{Files: []client.File{{Name: "x.heic", Size: int64(len(heic)), Content: bytes.NewReader(heic), KeepMetadata: keep}}})
		return err
	}
	if e := w.refused(send(false), fault.KindUsage); !strings.Contains(e.Message, "--keep-metadata") {
		t.Errorf("the refusal does not say what to do: %s", e.Message)
	}
	w.must(send(true))
}

// counting stands before the server, counts the bytes of attachments that it hands
// out, and breaks the connection after so many.
func (w *world) counting() (served, limit *atomic.Int64) {
	served, limit = new(atomic.Int64), new(atomic.Int64)
	limit.Store(1 << 40)
	next := *w.handler.Load()
	h := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/blob/") {
			rw = &countedWriter{rw, served, limit}
		}
		next.ServeHTTP(rw, r)
	}))
	w.handler.Store(&h)
	return served, limit
}

type countedWriter struct {
	http.ResponseWriter
	served, limit *atomic.Int64
}

func (c *countedWriter) Write(p []byte) (int, error) {
	if c.served.Load() > c.limit.Load() {
		panic(http.ErrAbortHandler)
	}
	c.served.Add(int64(len(p)))
	return c.ResponseWriter.Write(p)
}

// TestResumeAttachment: a download that was cut short goes on where it ended; what
// the file holds that is not the attachment's is fetched anew.
func TestResumeAttachment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	content := bytes.Repeat([]byte("all work and no play "), 200_000) // 4.2 MB
	m := alice.attach("bob", "novel.txt", content, false)
	bob.fresh("alice")
	served, limit := w.counting()
	f, err := os.Create(filepath.Join(t.TempDir(), "part"))
	w.must(err)
	defer f.Close()
	limit.Store(3 << 20)
	_, err = bob.ResumeAttachment(w.ctx, m.ID.String(), 0, f)
	w.refused(err, fault.KindUnreachable)
	info, err := f.Stat()
	w.must(err)
	if info.Size() < 2<<20 {
		t.Fatalf("only %d bytes were kept", info.Size())
	}
	// A byte goes bad on the disk, near the end of what is there.
	bad := []byte{0}
	_, err = f.WriteAt(bad, info.Size()-100_000)
	w.must(err)
	limit.Store(1 << 40)
	served.Store(0)
	a, err := bob.ResumeAttachment(w.ctx, m.ID.String(), 0, f)
	w.must(err)
	if n := served.Load(); n > int64(len(content))-info.Size()+(512<<10) {
		t.Errorf("%d bytes were fetched, %d were there", n, info.Size())
	}
	got, err := os.ReadFile(f.Name())
	w.must(err)
	if !bytes.Equal(got, content) || a.Size != int64(len(content)) {
		t.Error("the file is another one")
	}
}

// TestReadAttachment: parts of an attachment are read alone, and verified alone.
func TestReadAttachment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	content := make([]byte, 3_000_000)
	for i := range content {
		content[i] = byte(i * 7 / 5)
	}
	m := alice.attach("bob", "film", content, false)
	bob.fresh("alice")
	served, _ := w.counting()
	read := func(n int, offset int64) ([]byte, error) {
		p := make([]byte, n)
		n, err := bob.ReadAttachment(w.ctx, m.ID.String(), 0, p, offset)
		return p[:n], err
	}
	for _, c := range []struct {
		n      int
		offset int64
	}{{100, 0}, {1000, 65_000}, {200_000, 1_234_567}, {500, 2_999_900}, {10, 3_000_000}} {
		served.Store(0)
		got, err := read(c.n, c.offset)
		w.must(err)
		if want := content[c.offset:min(c.offset+int64(c.n), int64(len(content)))]; !bytes.Equal(got, want) {
			t.Errorf("%d bytes at %d are others", c.n, c.offset)
		}
		if most := int64(c.n) + 3*64<<10; served.Load() > most {
			t.Errorf("%d bytes were fetched for %d", served.Load(), c.n)
		}
	}
	_, err := read(1, 3_000_001)
	w.refused(err, fault.KindUsage)

	// The server alters one segment: that part is refused, others are not.
	w.must(filepath.WalkDir(filepath.Join(w.dir, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Ext(path) != "" {
			return err
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err == nil {
			_, err = f.WriteAt([]byte("altered"), 1_000_000)
			err = errors.Join(err, f.Close())
		}
		return err
	}))
	_, err = read(10, 100)
	w.must(err)
	_, err = read(10, 999_900)
	w.refused(err, fault.KindIntegrity)
}

// TestForward: a file is sent on without being uploaded again, and goes with the
// first message.
func TestForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	m := alice.attach("bob", "plan.txt", []byte("the plan"), false)
	bob.fresh("alice")
	f, err := bob.Forward(w.ctx, m.ID.String(), "carol")
	w.must(err)
	if n := w.blobs(); n != 1 || !f.Forwarded {
		t.Errorf("%d files on the server, want 1; forwarded %v", n, f.Forwarded)
	}
	carol.fresh("bob")
	var got bytes.Buffer
	_, err = carol.SaveAttachment(w.ctx, f.ID.String(), 0, &got)
	w.must(err)
	if got.String() != "the plan" {
		t.Errorf("got %q", got.String())
	}
	w.must(bob.Unsend(w.ctx, f.ID.String())) // does not take alice's file
	if n := w.blobs(); n != 1 {
		t.Errorf("%d files on the server, want 1", n)
	}
	f, err = bob.Forward(w.ctx, m.ID.String(), "carol")
	w.must(err)
	w.must(alice.Unsend(w.ctx, m.ID.String()))
	carol.fresh("bob")
	_, err = carol.SaveAttachment(w.ctx, f.ID.String(), 0, io.Discard)
	w.refused(err, fault.KindFailed)
	secret, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: "for an hour", Expiry: time.Hour})
	w.must(err)
	bob.fresh("alice")
	_, err = bob.Forward(w.ctx, secret.ID.String(), "carol")
	w.refused(err, fault.KindUsage)
}

// TestUnsendOffline: an unsend that was queued takes the files, too, once the
// server is back.
func TestUnsendOffline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")
	w.register("bob")
	m := alice.attach("bob", "plan.txt", []byte("the plan"), false)
	w.stop()
	w.refused(alice.Unsend(w.ctx, m.ID.String()), fault.KindUnreachable)
	w.start()
	alice.sync()
	if n := w.blobs(); n != 0 {
		t.Errorf("%d files left", n)
	}
}
