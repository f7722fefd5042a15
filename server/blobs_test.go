package server_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/server"
)

// blobCall is one request about a blob.
func (d *device) blobCall(method, id, token string, header map[string]string, body []byte) (int, http.Header, []byte) {
	d.Helper()
	r, err := http.NewRequestWithContext(d.Context(), method, d.url+"/blob/"+id, bytes.NewReader(body))
	d.ok(err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	a, err := d.http.Do(r)
	d.ok(err)
	defer a.Body.Close()
	content, err := io.ReadAll(a.Body)
	d.ok(err)
	return a.StatusCode, a.Header, content
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func TestBlobs(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Limits.MaxBlobBytes = 5000 })
	alice, bob := w.register("alice").first, w.register("bob").first
	name, token, content := make([]byte, 32), make([]byte, 32), make([]byte, 1000)
	rand.Read(name)
	rand.Read(token)
	rand.Read(content)
	id, hash := hex.EncodeToString(name), sha256.Sum256(token)
	put := func(d *device, from, to, size int, h [32]byte) (int, string) {
		status, header, _ := d.blobCall("PUT", id, d.token, map[string]string{
			"Coffer-Deletion-Hash": b64(h[:]),
			"Content-Range":        "bytes " + strconv.Itoa(from) + "-" + strconv.Itoa(to-1) + "/" + strconv.Itoa(size),
		}, content[from:to])
		return status, header.Get("Coffer-Offset")
	}
	if s, _, _ := alice.blobCall("HEAD", id, alice.token, nil, nil); s != 404 {
		t.Errorf("HEAD before: %d", s)
	}
	for _, c := range []struct {
		from, to, size int
		hash           [32]byte
		status         int
		offset         string
	}{
		{0, 10, 6000, hash, 413, ""},
		{5, 10, 1000, hash, 409, "0"},
		{0, 600, 1000, hash, 202, "600"},
		{0, 600, 1000, hash, 409, "600"},
		{600, 700, 999, hash, 409, ""},
		{600, 700, 1000, [32]byte{1}, 409, ""},
		{600, 1000, 1000, hash, 201, "1000"},
		{600, 1000, 1000, hash, 201, "1000"},
	} {
		if s, o := put(alice, c.from, c.to, c.size, c.hash); s != c.status || o != c.offset {
			t.Errorf("PUT %d-%d/%d: %d, offset %q; want %d, %q", c.from, c.to, c.size, s, o, c.status, c.offset)
		}
	}
	if s, h, _ := bob.blobCall("HEAD", id, bob.token, nil, nil); s != 200 || h.Get("Coffer-Offset") != "1000" || h.Get("Coffer-Size") != "1000" {
		t.Errorf("HEAD: %d, %v", s, h)
	}
	if s, _, got := bob.blobCall("GET", id, bob.token, nil, nil); s != 200 || !bytes.Equal(got, content) {
		t.Errorf("GET: %d, %d bytes", s, len(got))
	}
	if s, h, got := bob.blobCall("GET", id, bob.token, map[string]string{"Range": "bytes=100-199"}, nil); s != 206 ||
		!bytes.Equal(got, content[100:200]) || h.Get("Content-Range") != "bytes 100-199/1000" {
		t.Errorf("GET of a range: %d, %d bytes, %v", s, len(got), h)
	}
	if s, _, got := bob.blobCall("GET", id, bob.token, map[string]string{"Range": "bytes=0-1,5-6"}, nil); s != 200 || len(got) != 1000 {
		t.Errorf("GET of two ranges: %d, %d bytes", s, len(got))
	}
	if s, _, _ := bob.blobCall("GET", id, bob.token, map[string]string{"Range": "bytes=2000-"}, nil); s != 416 {
		t.Errorf("GET beyond the end: %d", s)
	}
	for what, c := range map[string]struct {
		method, id, token string
		header            map[string]string
		status            int
	}{
		"no session":          {"GET", id, "", nil, 401},
		"a wrong token":       {"GET", id, strings.Repeat("A", 86), nil, 401},
		"a bad name":          {"GET", strings.ToUpper(id), alice.token, nil, 400},
		"no hash":             {"PUT", id, alice.token, nil, 400},
		"a bad range":         {"PUT", id, alice.token, map[string]string{"Coffer-Deletion-Hash": b64(hash[:]), "Content-Range": "bytes 5-4/10"}, 400},
		"nothing":             {"PUT", strings.Repeat("00", 32), alice.token, map[string]string{"Coffer-Deletion-Hash": b64(hash[:])}, 400},
		"no deletion token":   {"DELETE", id, alice.token, nil, 400},
		"a wrong deletion":    {"DELETE", id, alice.token, map[string]string{"Coffer-Deletion-Token": b64(hash[:])}, 403},
		"another method":      {"PATCH", id, alice.token, nil, 405},
		"deletion of nothing": {"DELETE", strings.Repeat("00", 32), alice.token, map[string]string{"Coffer-Deletion-Token": b64(hash[:])}, 404},
	} {
		if s, _, _ := alice.blobCall(c.method, c.id, c.token, c.header, nil); s != c.status {
			t.Errorf("%s: %d, want %d", what, s, c.status)
		}
	}
	if s, _, _ := bob.blobCall("DELETE", id, bob.token, map[string]string{"Coffer-Deletion-Token": b64(token)}, nil); s != 204 {
		t.Errorf("DELETE: %d", s)
	}
	if s, _, _ := bob.blobCall("GET", id, bob.token, nil, nil); s != 404 {
		t.Errorf("GET afterwards: %d", s)
	}
	folder, err := os.ReadDir(w.blobs + "/" + id[:2])
	if err != nil || len(folder) != 0 {
		t.Errorf("left behind: %v, %v", folder, err)
	}
}

// TestBlobPage holds the worked example of spec/blobs.md against the code.
func TestBlobPage(t *testing.T) {
	page, err := os.ReadFile("../spec/blobs.md")
	if err != nil {
		t.Fatal(err)
	}
	token := bytes.Repeat([]byte{7}, 32)
	hash := sha256.Sum256(token)
	w := newWorld(t)
	alice := w.register("alice").first
	id := strings.Repeat("11", 32)
	steps := []struct {
		method string
		header map[string]string
		size   int
		status int
		answer string
	}{
		{"PUT", map[string]string{"Coffer-Deletion-Hash": b64(hash[:]), "Content-Range": "bytes 0-59/100"}, 60, 202, "60"},
		{"PUT", map[string]string{"Coffer-Deletion-Hash": b64(hash[:]), "Content-Range": "bytes 60-99/100"}, 40, 201, "100"},
		{"DELETE", map[string]string{"Coffer-Deletion-Token": b64(token)}, 0, 204, ""},
	}
	for _, s := range steps {
		status, h, _ := alice.blobCall(s.method, id, alice.token, s.header, make([]byte, s.size))
		if status != s.status || h.Get("Coffer-Offset") != s.answer {
			t.Errorf("%s: %d, offset %q", s.method, status, h.Get("Coffer-Offset"))
		}
		for _, v := range s.header {
			if !strings.Contains(string(page), v) {
				t.Errorf("the page lacks %q", v)
			}
		}
		if !strings.Contains(string(page), "→ "+strconv.Itoa(status)) {
			t.Errorf("the page lacks the answer %d", status)
		}
	}
}
