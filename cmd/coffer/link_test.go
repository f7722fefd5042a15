package main

import (
	"bytes"
	"image/png"
	"os"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/account"
)

// TestLinkConfirm: a device is let in by a yes only, and what it calls itself
// steers no terminal.
func TestLinkConfirm(t *testing.T) {
	for _, c := range []struct {
		answers []string
		code    int
	}{{[]string{"yes"}, 0}, {[]string{"Y"}, 0}, {[]string{"no"}, exitRefused}, {nil, exitRefused}, {[]string{"what", "maybe", ""}, exitRefused}} {
		r := run(t, &script{interactive: true, answers: c.answers}, "", "devices", "link")
		if r.code != c.code || strings.Contains(strings.Join(r.asked, ""), "\x1b") || strings.Contains(r.interleaved, "\x1b") {
			t.Errorf("%q: exit %d\n%s", c.answers, r.code, r.interleaved)
		}
		if len(r.asked) == 0 || !strings.Contains(r.asked[0], "linux") {
			t.Errorf("asked %q", r.asked)
		}
	}
	if r := run(t, &script{interactive: true, answers: []string{"yes"}}, "", "devices", "link", "--json"); r.code != exitUsage {
		t.Errorf("with --json nobody can be asked: exit %d", r.code)
	}
}

// TestLinkAsksAgain: at a terminal a wrong code is asked for again, from a file it
// is not.
func TestLinkAsksAgain(t *testing.T) {
	line := []string{"link", "alice", "--server", "https://chat.example.org"}
	r := run(t, &script{interactive: true, answers: []string{"111111", "222222", "005816"}}, "", line...)
	if r.code != 0 || !strings.Contains(r.err, "2 tries left") || !strings.Contains(r.err, "1 try left") || len(r.asked) != 3 {
		t.Errorf("exit %d\n%s", r.code, r.interleaved)
	}
	if r = run(t, &script{interactive: true, answers: []string{"1", "2", "3"}}, "", line...); r.code != exitWrongSecret {
		t.Errorf("three wrong codes: exit %d", r.code)
	}
	if r = run(t, nil, "111111\n", append(line, "--code-file", "-")...); r.code != exitWrongSecret {
		t.Errorf("a wrong code in a file: exit %d", r.code)
	}
	if r = run(t, nil, "005816\n", append(line, "--code-file", "-")...); r.code != 0 {
		t.Errorf("the code from standard input: exit %d\n%s", r.code, r.interleaved)
	}
	for _, flags := range [][]string{{"--show", "--code-file", "x"}, {"--qr-out", "x.png", "--code-file", "y"}, {"--wait", "never"}} {
		if r = run(t, nil, "", append(line, flags...)...); r.code != exitUsage {
			t.Errorf("%q: exit %d", flags, r.code)
		}
	}
}

// TestQRCode: on a terminal it is drawn; as a file it is a picture for its owner
// only, which replaces nothing.
func TestQRCode(t *testing.T) {
	t.Chdir(t.TempDir())
	r := run(t, &script{colour: true}, "", "devices", "link", "--yes", "--qr-out", "qr.png")
	if r.code != 0 || strings.Count(r.out, "█") < 100 {
		t.Errorf("exit %d\n%s", r.code, r.out)
	}
	info, err := os.Stat("qr.png")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	b, err := os.ReadFile("qr.png")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := png.Decode(bytes.NewReader(b)); err != nil || p.Bounds().Dx() < 100 {
		t.Errorf("no picture: %v", err)
	}
	if r = run(t, nil, "", "devices", "link", "--yes", "--qr-out", "qr.png"); r.code != exitUsage {
		t.Errorf("an existing file: exit %d", r.code)
	}
	if r = run(t, nil, "", "devices", "link", "--yes", "--qr-out", "no/such/folder/qr.png"); r.code != exitUsage {
		t.Errorf("a folder that is not there: exit %d", r.code)
	}
	if r = run(t, nil, "", "devices", "link", "--yes"); strings.Contains(r.out, "█") {
		t.Error("it is drawn where there is no terminal")
	}
}

// TestNoticeTexts: each kind has a sentence of its own that says what to do, and no
// name steers the terminal; --quiet leaves none out.
func TestNoticeTexts(t *testing.T) {
	f := &fake{everything: true, synced: true}
	list, err := f.Notices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a := &app{zone: noon.Location()}
	seen := map[string]bool{}
	for _, n := range append(list, client.Notice{Kind: client.NoticeRealm}, client.Notice{Kind: client.NoticeAdded, Keyholder: keyholder(account.KindDevice, "", 0)}) {
		s := a.noticeText(n)
		if seen[s] || strings.Contains(s, "\x1b") || !strings.HasSuffix(s, ".") && !strings.Contains(s, "coffer ") || strings.Contains(s, "does not know") {
			t.Errorf("%s: %q", n.Kind, s)
		}
		seen[s] = true
	}
	if r := run(t, nil, "", "sync", "--quiet"); !strings.Contains(r.err, "Notice: ") || strings.Contains(r.interleaved, "\x1b") {
		t.Errorf("%s", r.interleaved)
	}
}
