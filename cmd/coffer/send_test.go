package main

import (
	"os"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/content"
)

func TestSendStdin(t *testing.T) {
	for in, want := range map[string]string{
		"one\ntwo\n": "one\ntwo", "one\ntwo": "one\ntwo", "x\r\n": "x", "x\n\n": "x\n", " x ": " x ",
	} {
		if r := run(t, nil, in, "send", "bob", "--stdin"); r.code != 0 || r.engine.sent.Text != want {
			t.Errorf("%q: exit %d, %q", in, r.code, r.engine.sent.Text)
		}
	}
	limit := strings.Repeat("x", content.MaxText)
	if r := run(t, nil, limit+"\n", "send", "bob", "--stdin"); r.code != 0 {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	for _, in := range []string{"", "\n", "\xff", limit + "x", limit + limit} {
		if r := run(t, nil, in, "send", "bob", "--stdin"); r.code != exitUsage || r.out != "" {
			t.Errorf("%d bytes: exit %d", len(in), r.code)
		}
	}
}

func TestSendLines(t *testing.T) {
	r := run(t, nil, "one\n\n  \ntwo\r\nthree", "send", "bob", "--lines", "--key", "k", "--json")
	if r.code != 0 || strings.Count(r.out, "\n") != 3 || r.engine.sent.Text != "three" {
		t.Errorf("exit %d, %q", r.code, r.out)
	}
	if got := strings.Join(r.engine.keys, " "); got != "k/1 k/4 k/5" {
		t.Errorf("keys %s", got)
	}
	if r := run(t, nil, "one\ntwo\n", "send", "away", "--lines", "--json"); r.code != exitUnreachable || strings.Count(r.out, `"state":"queued"`) != 2 {
		t.Errorf("exit %d, %q", r.code, r.out)
	}
	if r := run(t, nil, "one\n", "send", "nobody", "--lines"); r.code != exitRefused || r.out != "" {
		t.Errorf("exit %d, %q", r.code, r.out)
	}
	if r := run(t, nil, "", "send", "bob", "--lines"); r.code != 0 || r.out != "" {
		t.Errorf("no lines: exit %d", r.code)
	}
	for _, in := range []string{"good\n\xff\n", "good\n" + strings.Repeat("x", content.MaxText+1), strings.Repeat("x", 4*content.MaxText)} {
		if r := run(t, nil, in, "send", "bob", "--lines"); r.code != exitUsage {
			t.Errorf("%d bytes: exit %d", len(in), r.code)
		}
	}
}

func TestSendFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.txt", []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := run(t, nil, "from a pipe", "send", "bob", "--file", "a.txt", "--file", "-", "look", "--json")
	if r.code != 0 || !strings.Contains(r.out, `"name":"a.txt","size":7,`) || !strings.Contains(r.out, `"name":"input","size":11,`) {
		t.Errorf("exit %d, %s%s", r.code, r.out, r.err)
	}
	if r := run(t, nil, "", "send", "bob", "--file", "a.txt"); r.code != 0 || r.engine.sent.Text != "" {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
}

func TestSendReply(t *testing.T) {
	if r := run(t, nil, "", "send", "bob", "hi", "--reply", "01c1b4"); r.code != 0 || r.engine.sent.ReplyTo != messageNumber(2) {
		t.Errorf("exit %d, %v", r.code, r.engine.sent.ReplyTo)
	}
}

func TestSave(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	id := messageNumber(5).String()
	for _, c := range []struct{ out, path string }{
		{"", "beach.jpg"}, {"", "beach (2).jpg"}, {"x", "x"}, {"x", "x"}, {"folder", "folder/beach.jpg"}, {"folder/", "folder/beach (2).jpg"},
	} {
		args := []string{"save", id, "--json"}
		if c.out != "" {
			args = append(args, "--out", c.out)
		}
		r := run(t, nil, "", args...)
		b, err := os.ReadFile(c.path)
		if r.code != 0 || err != nil || string(b) != "beach" || !strings.Contains(r.out, `"path":"`+c.path+`"`) {
			t.Errorf("%+v: exit %d, %v: %s%s", c, r.code, err, r.out, r.err)
		}
	}
	if r := run(t, nil, "", "save", id, "--out", "-"); r.code != 0 || r.out != "beach" {
		t.Errorf("exit %d, %q", r.code, r.out)
	}
	if r := run(t, nil, "", "save", id, "--out", "missing/"); r.code != exitUsage {
		t.Errorf("exit %d", r.code)
	}
	entries, err := os.ReadDir(".")
	if err != nil || len(entries) != 4 {
		t.Errorf("%d entries are left, %v", len(entries), err)
	}
}

func TestCodeOut(t *testing.T) {
	t.Chdir(t.TempDir())
	r := run(t, nil, "", "recovery", "add", "code", "--code-out", "paper", "--json")
	b, err := os.ReadFile("paper")
	code, _, _ := (&fake{}).AddCode(t.Context())
	if r.code != 0 || err != nil || string(b) != code+"\n" || strings.Contains(r.interleaved, code) {
		t.Errorf("exit %d, %v, %q", r.code, err, r.interleaved)
	}
	if info, err := os.Stat("paper"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if r := run(t, nil, "", "recovery", "add", "code", "--code-out", "paper"); r.code != exitUsage {
		t.Errorf("exit %d", r.code)
	}
	if r := run(t, nil, "", "recovery", "add", "code"); r.out != code+"\n" {
		t.Errorf("standard output is %q, not the code alone", r.out)
	}
}
