package drive

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client/cloud"
	"github.com/coffer-chat/coffer/client/cloud/cloudtest"
)

func TestCanonical(t *testing.T) {
	for place, want := range map[string]string{
		"/mnt/cloud/":        "/mnt/cloud",
		"/a/../b":            "/b",
		"rclone:drive:":      "rclone:drive:",
		"rclone:drive:x/y/":  "rclone:drive:x/y",
		"rclone:drive:/":     "rclone:drive:/",
		"rclone:my drive:a:": "rclone:my drive:a:",
	} {
		if got, err := Canonical(place); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", place, got, err, want)
		}
	}
	for _, place := range []string{
		"", "a\x00b", "rclone:", "rclone:drive", "rclone::local:/tmp", "rclone:-v:x", "rclone:--config=/tmp/x:y",
		"rclone:webdav,pass=secret:x", "rclone:/tmp/x:y", "rclone:a:b\x00",
	} {
		if got, err := Canonical(place); !errors.Is(err, cloud.ErrPlace) {
			t.Errorf("%q is %q, %v; want a refusal", place, got, err)
		}
	}
}

// checkPlace is what every place does.
func checkPlace(t *testing.T, p cloud.Place) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	one := []byte("coffer cloud half 1\nabc\n")
	must(p.Write(ctx, "one.half", one))
	must(p.Write(ctx, "two.half", []byte("two")))
	must(p.Write(ctx, "empty.half", nil))
	names, err := p.List(ctx)
	must(err)
	slices.Sort(names)
	if strings.Join(names, " ") != "empty.half one.half two.half" {
		t.Errorf("it holds %q", names)
	}
	got, err := p.Read(ctx, "one.half")
	must(err)
	if !bytes.Equal(got, one) {
		t.Errorf("one came back as %q", got)
	}
	must(p.Write(ctx, "two.half", []byte("another two")))
	if got, err = p.Read(ctx, "two.half"); err != nil || string(got) != "another two" {
		t.Errorf("two came back as %q, %v", got, err)
	}
	must(p.Delete(ctx, "one.half"))
	must(p.Delete(ctx, "one.half"))
	if _, err := p.Read(ctx, "one.half"); !errors.Is(err, cloud.ErrMissing) {
		t.Errorf("after its deletion: %v", err)
	}
	must(p.Write(ctx, "large.half", make([]byte, cloud.MaxFile+1)))
	if _, err := p.Read(ctx, "large.half"); !errors.Is(err, cloud.ErrTooLarge) {
		t.Errorf("a file that is too large: %v", err)
	}
	must(p.Delete(ctx, "large.half"))
	for _, name := range []string{"", ".hidden", "-x", "a/b", "../a", `a\b`, "a\nb"} {
		if err := p.Write(ctx, name, one); !errors.Is(err, cloud.ErrPlace) {
			t.Errorf("the name %q: %v", name, err)
		}
		if _, err := p.Read(ctx, name); !errors.Is(err, cloud.ErrPlace) {
			t.Errorf("reading the name %q: %v", name, err)
		}
		if err := p.Delete(ctx, name); !errors.Is(err, cloud.ErrPlace) {
			t.Errorf("deleting the name %q: %v", name, err)
		}
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	p, _, err := Open(dir, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	checkPlace(t, p)
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 || strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	gone, _, err := Open(filepath.Join(dir, "not mounted"), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Write(t.Context(), "one.half", nil); !errors.Is(err, cloud.ErrMissing) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := gone.List(t.Context()); !errors.Is(err, cloud.ErrMissing) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := gone.Delete(t.Context(), "one.half"); !errors.Is(err, cloud.ErrMissing) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestRclone runs the real program against its own WebDAV server.
func TestRclone(t *testing.T) {
	cloudtest.Serve(t)
	p, _, err := Open("rclone:cloud:deep/folder", 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.List(t.Context()); !errors.Is(err, cloud.ErrMissing) {
		t.Errorf("a folder that is not there: %v", err)
	}
	checkPlace(t, p)
	top, _, err := Open("rclone:cloud:", 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if names, err := top.List(t.Context()); err != nil || len(names) != 0 {
		t.Errorf("above the folder: %q, %v", names, err)
	}
	unknown, _, err := Open("rclone:nowhere:x", 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unknown.List(t.Context()); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a remote that is not configured: %v", err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	cloudtest.Configure(t, "http://"+silent.Addr().String())
	slow, _, err := Open("rclone:cloud:", 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := slow.List(t.Context()); !errors.Is(err, cloud.ErrTimeout) || time.Since(began) > 20*time.Second {
		t.Errorf("a cloud that does not answer: %v after %v", err, time.Since(began))
	}
}

func TestNoRclone(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	p, _, err := Open("rclone:cloud:", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.List(t.Context()); !errors.Is(err, cloud.ErrNoProgram) {
		t.Errorf("without the program: %v", err)
	}
}

func TestLastWords(t *testing.T) {
	for said, want := range map[string]string{
		"2026/11/23 13:00:00 NOTICE: x\n2026/11/23 13:00:00 Failed to lsf: no\n": "Failed to lsf: no",
		"":                       "exit",
		strings.Repeat("a", 300): strings.Repeat("a", 200) + "…",
		"\xff":                   "?",
	} {
		if got := lastWords(said, errors.New("exit")); got != want {
			t.Errorf("%q gives %q", said, got)
		}
	}
}
