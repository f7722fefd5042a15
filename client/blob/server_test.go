package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/transport"
	"github.com/coffer-chat/coffer/core/media"
)

// answers is a server that says what the test says: one answer for each request,
// by its method.
type answers func(method string, header http.Header, body []byte) (status int, answer http.Header, content string)

// Raw answers a request.
func (a answers) Raw(_ context.Context, method, _ string, header map[string][]string, body io.Reader) (int, map[string][]string, io.ReadCloser, error) {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = io.ReadAll(body); err != nil {
			return 0, nil, nil, err
		}
	}
	status, answer, content := a(method, header, sent)
	if status == 0 {
		return 0, nil, nil, transport.ErrUnreachable
	}
	return status, answer, io.NopCloser(strings.NewReader(content)), nil
}

func serverOf(a answers) Server {
	return Server{
		Transport: a, Waits: []time.Duration{0, 0, 0},
		Again: func(context.Context) error { return errors.New("no session was asked for") },
	}
}

// TestGetRefuses: a server that answers with another part of the blob than was asked
// for, or with none, is refused, and nothing of its answer is returned.
func TestGetRefuses(t *testing.T) {
	for name, x := range map[string]struct {
		status int
		rang   string
		want   fault.Kind
	}{
		"no range":          {status: 206, want: fault.KindFailed},
		"range is no range": {status: 206, rang: "bytes x", want: fault.KindFailed},
		"another part":      {status: 206, rang: "bytes 0-9/100", want: fault.KindFailed},
		"more than asked":   {status: 206, rang: "bytes 10-30/100", want: fault.KindFailed},
		"whole file":        {status: 200, want: fault.KindRefused},
		"not there":         {status: 404, want: fault.KindFailed},
		"shorter":           {status: 416, want: fault.KindIntegrity},
	} {
		s := serverOf(func(string, http.Header, []byte) (int, http.Header, string) {
			return x.status, http.Header{"Content-Range": {x.rang}}, "0123456789"
		})
		if body, err := s.Get(t.Context(), ID{1}, 10, 10); body != nil || fault.KindOf(err) != x.want {
			t.Errorf("%s: %v, %v", name, body, err)
		}
	}
}

// TestUploadGoesOn: an upload that was cut asks where to go on, and sends nothing
// twice that has arrived.
func TestUploadGoesOn(t *testing.T) {
	content := bytes.Repeat([]byte("sealed "), 300_000)
	var got []byte
	cut := 3
	s := serverOf(func(method string, header http.Header, body []byte) (int, http.Header, string) {
		if method == "PUT" {
			from, _, _, err := transport.ContentRange(header.Get("Content-Range"))
			if err != nil || from != int64(len(got)) {
				t.Errorf("sent from %d on while %d bytes are there, %v", from, len(got), err)
			}
			if cut--; cut == 0 {
				got = append(got, body[:1000]...)
				return 0, nil, ""
			}
			got = append(got, body...)
		}
		return 200, http.Header{headerOffset: {strconv.Itoa(len(got))}, headerSize: {strconv.Itoa(len(content))}}, ""
	})
	var told int64
	if err := s.Upload(t.Context(), &Held{Data: content}, "hash", false, func(n int64) { told += n }); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, content) || told != int64(len(content)) {
		t.Errorf("%d of %d bytes are there, %d told", len(got), len(content), told)
	}
}

// TestUploadEnds: a server that forgets what it had does not keep a client busy for
// ever.
func TestUploadEnds(t *testing.T) {
	puts := 0
	s := serverOf(func(string, http.Header, []byte) (int, http.Header, string) {
		puts++
		return 202, http.Header{headerOffset: {"0"}}, ""
	})
	err := s.Upload(t.Context(), &Held{Data: make([]byte, 3*ChunkSize)}, "hash", false, func(int64) {})
	if fault.KindOf(err) != fault.KindFailed || puts > 2*maxSetbacks {
		t.Errorf("%d parts sent, %v", puts, err)
	}
}

// TestSeal: what comes out is a blob of the layout that the reference fixes, in
// chunks of ChunkSize.
func TestSeal(t *testing.T) {
	plain := bytes.Repeat([]byte{7}, 2*ChunkSize+5)
	var sealed []byte
	ref, err := Seal(rand.Reader, bytes.NewReader(plain), int64(len(plain)), func(i int64, chunk []byte) error {
		if int64(len(sealed)) != i*ChunkSize {
			t.Errorf("chunk %d comes after %d bytes", i, len(sealed))
		}
		sealed = append(sealed, chunk...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := media.LayoutOf(int64(len(plain)))
	if err != nil || ref.Size != int64(len(plain)) || int64(len(sealed)) != l.BlobSize() {
		t.Errorf("%d bytes of %d, %v", len(sealed), l.BlobSize(), err)
	}
	if bytes.Contains(sealed, plain[:64]) {
		t.Error("the blob holds the file in the clear")
	}
	if _, err := Seal(rand.Reader, bytes.NewReader(plain), int64(len(plain))+1, func(int64, []byte) error { return nil }); err == nil {
		t.Error("a file that is shorter than it was is sealed")
	}
}
