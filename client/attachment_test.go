package client

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/media"
)

func fileOf(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	r.Read(b)
	return b
}

// attached seals a file on a device and queues a message that names it.
func attached(t *testing.T, e *Engine, data []byte) (content.Attachment, *queued) {
	t.Helper()
	var a content.Attachment
	q := &queued{conv: convo.ID{1}, purpose: convo.PurposeMessage, content: []byte("x")}
	err := e.withAccount(t.Context(), func() error {
		var u upload
		var err error
		if a, u, err = e.attach(t.Context(), &File{Name: "a/b\\photo.bin", Size: int64(len(data)), Content: bytes.NewReader(data)}); err != nil {
			return err
		}
		q.uploads = []upload{u}
		var b store.Batch
		if err := e.enqueue(t.Context(), &b, q); err != nil {
			return err
		}
		return e.apply(t.Context(), &b)
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, q
}

func finish(t *testing.T, e *Engine, list ...*queued) error {
	return e.withAccount(t.Context(), func() error { return e.finishUploads(t.Context(), list) })
}

func fetch(t *testing.T, e *Engine, a content.Attachment) ([]byte, error) {
	t.Helper()
	_, id, ok := blob.ParseURL(a.URL)
	if !ok {
		t.Fatalf("URL %q", a.URL)
	}
	var out bytes.Buffer
	d := download{server: e.unlockedBlobs(e.transport), blob: id, progress: e.cfg.Progress}
	err := d.write(t.Context(), func(int64) io.Writer { return &out }, nil, a.File)
	return out.Bytes(), err
}

func stages(t *testing.T, e *Engine) int {
	t.Helper()
	n := 0
	for _, table := range []store.Key{tableStage, tableStageData} {
		list, err := store.Collect(t.Context(), e.cfg.Store, table.Range())
		if err != nil {
			t.Fatal(err)
		}
		n += len(list)
	}
	return n
}

func TestUploadAndDownload(t *testing.T) {
	for _, size := range []int{0, 1, media.SegmentSize, media.SegmentSize + 1, blob.ChunkSize - 7, 5<<20 + 3} {
		s := newFileServer()
		e, _ := fileDevice(t, s)
		data := fileOf(size)
		a, q := attached(t, e, data)
		if a.Name != "photo.bin" || a.File.Size != int64(size) {
			t.Errorf("described as %q of %d bytes", a.Name, a.File.Size)
		}
		if len(s.blobs) != 0 {
			t.Error("sealing reached the server")
		}
		if err := finish(t, e, q); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if n := stages(t, e); n != 0 {
			t.Errorf("%d rows of a staged file are left", n)
		}
		got, err := fetch(t, e, a)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes: got %d back, %v", size, len(got), err)
		}
		for _, b := range s.blobs {
			if size > 64 && bytes.Contains(b.data, data[:64]) {
				t.Error("the server sees the file")
			}
		}
	}
}

func TestUploadSurvivesCutConnections(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	data := fileOf(5 << 20)
	a, q := attached(t, e, data)
	s.cutPut = func(n int) int {
		if n%2 == 1 {
			return 700_001
		}
		return -1
	}
	if err := finish(t, e, q); err != nil {
		t.Fatal(err)
	}
	if l, _ := media.LayoutOf(int64(len(data))); s.received != l.BlobSize() {
		t.Errorf("sent %d bytes for a blob of %d", s.received, l.BlobSize())
	}
	if got, err := fetch(t, e, a); err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// A process that dies in the middle of an upload goes on where the server is,
// with the same ciphertext.
func TestUploadGoesOnAfterACrash(t *testing.T) {
	s := newFileServer()
	e, inner := fileDevice(t, s)
	data := fileOf(7 << 20)
	a, q := attached(t, e, data)
	s.cutPut = func(n int) int {
		if n < 2 {
			return -1
		}
		return 0
	}
	if err := finish(t, e, q); fault.KindOf(err) != fault.KindUnreachable {
		t.Fatalf("without a server: %v", err)
	}
	s.cutPut = nil
	e = reopenFileDevice(t, s, inner)
	waiting, err := e.outbox(t.Context(), nil)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("outbox: %d, %v", len(waiting), err)
	}
	if err := finish(t, e, waiting...); err != nil {
		t.Fatal(err)
	}
	if l, _ := media.LayoutOf(int64(len(data))); s.received != l.BlobSize() {
		t.Errorf("sent %d bytes for a blob of %d", s.received, l.BlobSize())
	}
	if got, err := fetch(t, e, a); err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestUploadBeginsAgainWhereTheServerForgot(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	data := fileOf(6 << 20)
	a, q := attached(t, e, data)
	s.cutPut = func(n int) int {
		if n == 2 {
			clear(s.blobs) // what it had is gone
			return 0
		}
		return -1
	}
	if err := finish(t, e, q); err != nil {
		t.Fatal(err)
	}
	if got, err := fetch(t, e, a); err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestUploadSignsInAgain(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	a, q := attached(t, e, fileOf(100))
	s.session = false
	if err := finish(t, e, q); err != nil || s.signIns != 1 {
		t.Fatalf("%d sign-ins, %v", s.signIns, err)
	}
	s.session = false
	if _, err := fetch(t, e, a); err != nil || s.signIns != 2 {
		t.Errorf("%d sign-ins, %v", s.signIns, err)
	}
}

func TestTooLargeFileLeavesTheOutbox(t *testing.T) {
	s := newFileServer()
	s.maxBlob = 1000
	e, _ := fileDevice(t, s)
	_, q := attached(t, e, fileOf(5000))
	if err := finish(t, e, q); fault.KindOf(err) != fault.KindRefused {
		t.Fatalf("got %v", err)
	}
	waiting, err := e.outbox(t.Context(), nil)
	if err != nil || len(waiting) != 0 || stages(t, e) != 0 {
		t.Errorf("%d messages and %d rows left, %v", len(waiting), stages(t, e), err)
	}
}

func TestUploadRefusals(t *testing.T) {
	for name, status := range map[string]int{"no room": http.StatusInsufficientStorage, "not a session for this": http.StatusForbidden, "broken": 500} {
		s := newFileServer()
		e, _ := fileDevice(t, s)
		_, q := attached(t, e, fileOf(100))
		s.status = func(string, int) int { return status }
		if err := finish(t, e, q); fault.KindOf(err) != fault.KindRefused {
			t.Errorf("%s: %v", name, err)
		}
		if stages(t, e) == 0 {
			t.Errorf("%s: the file is gone, though the message waits", name)
		}
	}
}

func TestUploadWaitsForAvailability(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	_, q := attached(t, e, fileOf(100))
	s.status = func(_ string, n int) int {
		if n <= 2 {
			return http.StatusServiceUnavailable
		}
		return 0
	}
	if err := finish(t, e, q); err != nil {
		t.Error(err)
	}
}

func TestDownloadRefusesOtherBytes(t *testing.T) {
	data := fileOf(300_000)
	for name, change := range map[string]func(b []byte) []byte{
		"first segment": func(b []byte) []byte { b[5] ^= 1; return b },
		"last segment":  func(b []byte) []byte { b[295_000] ^= 1; return b },
		"hashes":        func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"two segments swapped": func(b []byte) []byte {
			n := media.SegmentSize + media.Overhead
			return bytes.Join([][]byte{b[n : 2*n], b[:n], b[2*n:]}, nil)
		},
	} {
		s := newFileServer()
		e, _ := fileDevice(t, s)
		a, q := attached(t, e, data)
		if err := finish(t, e, q); err != nil {
			t.Fatal(err)
		}
		for _, b := range s.blobs {
			b.data = change(b.data)
		}
		got, err := fetch(t, e, a)
		var mine *fault.Error
		if !errors.As(err, &mine) || mine.Kind != fault.KindIntegrity || mine.Promise != fault.PromiseProved {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.HasPrefix(data, got) {
			t.Errorf("%s: wrote what is not the file's", name)
		}
	}
}

func TestDownloadOfAShortBlob(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	a, q := attached(t, e, fileOf(300_000))
	if err := finish(t, e, q); err != nil {
		t.Fatal(err)
	}
	for _, b := range s.blobs {
		b.data = b.data[:1000]
		b.total = 1000
	}
	if _, err := fetch(t, e, a); fault.KindOf(err) != fault.KindIntegrity {
		t.Errorf("got %v", err)
	}
}

func TestDownloadOfAMissingBlob(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	a, q := attached(t, e, fileOf(1000))
	if err := finish(t, e, q); err != nil {
		t.Fatal(err)
	}
	clear(s.blobs)
	if _, err := fetch(t, e, a); fault.KindOf(err) != fault.KindFailed || !strings.Contains(err.Error(), "not on the server") {
		t.Errorf("got %v", err)
	}
}

func TestDownloadSurvivesCutConnections(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	data := fileOf(9 << 20)
	a, q := attached(t, e, data)
	if err := finish(t, e, q); err != nil {
		t.Fatal(err)
	}
	s.cutGet = func(n int) int {
		if n%2 == 0 {
			return 1_500_000
		}
		return -1
	}
	if got, err := fetch(t, e, a); err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	s.cutGet = func(int) int { return 0 }
	if _, err := fetch(t, e, a); fault.KindOf(err) != fault.KindUnreachable {
		t.Errorf("a server that sends nothing: %v", err)
	}
}

func TestDownloadNamesAFullDisk(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	a, q := attached(t, e, fileOf(1000))
	if err := finish(t, e, q); err != nil {
		t.Fatal(err)
	}
	_, id, _ := blob.ParseURL(a.URL)
	d := download{server: e.unlockedBlobs(e.transport), blob: id, progress: e.cfg.Progress}
	r, w := io.Pipe()
	r.CloseWithError(errors.New("full"))
	if err := d.write(t.Context(), func(int64) io.Writer { return w }, nil, a.File); fault.KindOf(err) != fault.KindFailed {
		t.Errorf("got %v", err)
	}
}

func TestDeleteBlobs(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	a, q := attached(t, e, fileOf(1000))
	if err := finish(t, e, q); err != nil {
		t.Fatal(err)
	}
	id, ok := blob.Of(a.URL)
	if !ok {
		t.Fatal(a.URL)
	}
	remove := func(e *Engine) error {
		return e.withAccount(t.Context(), func() error { return e.deleteBlob(t.Context(), id) })
	}
	stranger, _ := fileDevice(t, newFileServer())
	stranger.transport = s
	if err := remove(stranger); fault.KindOf(err) != fault.KindRefused || len(s.blobs) != 1 {
		t.Errorf("another account deleted it: %v", err)
	}
	for range 2 { // the second time there is nothing to delete
		if err := remove(e); err != nil || len(s.blobs) != 0 {
			t.Errorf("%d blobs left, %v", len(s.blobs), err)
		}
	}
}

// A file of a message that is unsent before it was sent never gets there.
func TestDeleteStagedFile(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	a, _ := attached(t, e, fileOf(3<<20))
	id, _ := blob.Of(a.URL)
	err := e.withAccount(t.Context(), func() error { return e.deleteBlob(t.Context(), id) })
	if err != nil || stages(t, e) != 0 {
		t.Errorf("%d rows left, %v", stages(t, e), err)
	}
}

func TestAttachRefuses(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	for name, f := range map[string]*File{
		"no content":   {Name: "a", Size: 3},
		"too large":    {Name: "a", Size: media.MaxSize + 1, Content: bytes.NewReader(nil)},
		"negative":     {Name: "a", Size: -1, Content: bytes.NewReader(nil)},
		"grew shorter": {Name: "a", Size: 10, Content: bytes.NewReader([]byte("short"))},
	} {
		err := e.withAccount(t.Context(), func() error {
			_, _, err := e.attach(t.Context(), f)
			return err
		})
		if err == nil {
			t.Errorf("%s: attached", name)
		}
	}
}

func TestOrphansAreDropped(t *testing.T) {
	s := newFileServer()
	e, _ := fileDevice(t, s)
	_, kept := attached(t, e, fileOf(100))
	err := e.withAccount(t.Context(), func() error {
		_, _, err := e.attach(t.Context(), &File{Size: 3, Content: strings.NewReader("abc")}) // never queued
		return err
	})
	if err != nil || stages(t, e) != 4 {
		t.Fatalf("%d rows, %v", stages(t, e), err)
	}
	now := e.cfg.Now
	e.cfg.Now = func() time.Time { return now().Add(2 * stageLifetime) }
	if err := e.withAccount(t.Context(), func() error { return e.dropOrphans(t.Context()) }); err != nil {
		t.Fatal(err)
	}
	if stages(t, e) != 2 {
		t.Errorf("%d rows left, want those of the queued message", stages(t, e))
	}
	if err := finish(t, e, kept); err != nil {
		t.Error(err)
	}
}
