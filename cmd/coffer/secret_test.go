package main

import (
	"context"
	"os"
	"strings"
	"testing"
)

func TestSecretsAreAskedFor(t *testing.T) {
	term := &script{interactive: true, answers: []string{"71gk93", "71gk93", "correct horse", "correct horse"}}
	r := run(t, term, "", "recovery", "add", "pin")
	if r.code != 0 || string(r.engine.pin.PIN) != "71gk93" || string(r.engine.pin.Password) != "correct horse" {
		t.Errorf("exit %d, %q %q\n%s", r.code, r.engine.pin.PIN, r.engine.pin.Password, r.err)
	}
	if got := strings.Join(r.asked, ""); got != "PIN: PIN again: Password: Password again: " {
		t.Errorf("asked %q", got)
	}
	if strings.Contains(r.interleaved, "71gk93") || strings.Contains(r.interleaved, "correct horse") {
		t.Error("a secret was printed")
	}
}

func TestSecretsTypedDifferently(t *testing.T) {
	term := &script{interactive: true, answers: []string{"one111", "two222", "71gk93", "71gk93", "correct horse", "correct horse"}}
	if r := run(t, term, "", "recovery", "add", "pin"); r.code != 0 || string(r.engine.pin.PIN) != "71gk93" {
		t.Errorf("exit %d, %q", r.code, r.engine.pin.PIN)
	}
	term = &script{interactive: true, answers: []string{"a", "b", "c", "d", "e", "f"}}
	if r := run(t, term, "", "recovery", "add", "pin"); r.code != exitUsage {
		t.Errorf("exit %d", r.code)
	}
	term = &script{interactive: true}
	if r := run(t, term, "", "recovery", "add", "pin"); r.code != exitUsage || len(r.asked) != 1 {
		t.Errorf("end of input: exit %d, asked %q", r.code, r.asked)
	}
}

func TestSecretsFromFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	long := strings.Repeat("x", maxSecretLine+1)
	for name, content := range map[string]string{
		"pin": "  71gk93 \r\nsecond line\n", "password": "correct horse", "empty": "\nsecond\n", "nothing": "", "long": long,
		"edge": long[1:],
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pin := func(stdin string, args ...string) result {
		return run(t, nil, stdin, append([]string{"recovery", "add", "pin"}, args...)...)
	}
	if r := pin("", "--pin-file", "pin", "--password-file", "password"); r.code != 0 || string(r.engine.pin.PIN) != "71gk93" || string(r.engine.pin.Password) != "correct horse" {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	if r := pin("71gk93\nmore\n", "--pin-file", "-", "--password-file", "password"); r.code != 0 || string(r.engine.pin.PIN) != "71gk93" {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	if r := pin("", "--pin-file", "pin", "--password-file", "edge"); r.code != 0 {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	for _, args := range [][]string{
		{"--pin-file", "empty", "--password-file", "password"},
		{"--pin-file", "nothing", "--password-file", "password"},
		{"--pin-file", "long", "--password-file", "password"},
		{"--pin-file", "missing", "--password-file", "password"},
		{"--pin-file", "-", "--password-file", "-"},
		{"--pin-file", "pin", "--password-file", "pin"},
		{"--pin-file", "pin"},
		{"--pin-file", "pin", "--password-file", "password", "--threshold", "2"},
	} {
		if r := pin("", args...); r.code != exitUsage || r.out != "" {
			t.Errorf("%q: exit %d: %s", args, r.code, r.err)
		}
	}
}

// TestNoTerminal: what would have to be asked is a usage error that names the
// flag, at once.
func TestNoTerminal(t *testing.T) {
	for _, c := range []struct {
		args string
		flag string
	}{
		{"recovery add pin", "--pin-file"},
		{"recovery test", "--pin-file, --code-file or --cloud"},
		{"restore alice --server https://x.example", "--pin-file, --code-file or --cloud"},
	} {
		r := run(t, nil, "1234567\n1234567\n", strings.Fields(c.args)...)
		if r.code != exitUsage || !strings.Contains(r.err, c.flag) || len(r.asked) != 0 {
			t.Errorf("%s: exit %d, asked %q: %s", c.args, r.code, r.asked, r.err)
		}
	}
}

func TestRestoreAsks(t *testing.T) {
	restore := []string{"restore", "alice", "--server", "https://x.example"}
	term := &script{interactive: true, answers: []string{"what?", "pin", "correct horse", "71gk93", "perhaps", "no"}}
	r := run(t, term, "", restore...)
	if r.code != 0 || string(r.engine.restore.PIN) != "71gk93" || string(r.engine.restore.Password) != "correct horse" || !r.engine.restore.WaitAll {
		t.Errorf("exit %d, %+v\n%s", r.code, r.asked, r.err)
	}
	if len(r.engine.removed) != 1 || r.engine.removed[0] != phone.ID.String() {
		t.Errorf("removed %q", r.engine.removed)
	}
	for _, answers := range [][]string{{"yes"}, {}, {"x", "x", "x"}} {
		term := &script{interactive: true, answers: append([]string{"code", "THE-CODE"}, answers...)}
		if r := run(t, term, "", restore...); r.code != 0 || len(r.engine.removed) != 0 || r.engine.restore.Code != "THE-CODE" {
			t.Errorf("%q: exit %d, removed %q", answers, r.code, r.engine.removed)
		}
	}
	term = &script{interactive: true, answers: []string{"code", "THE-CODE", "no"}}
	if r := run(t, term, "", append(restore, "--lost-all")...); len(r.engine.removed) != 0 || !r.engine.restore.LostAll || len(r.asked) != 2 {
		t.Errorf("asked %q though --lost-all was given", r.asked)
	} else if !strings.Contains(r.err, "old tablet was removed, and can still read what is sent in 2 conversations") {
		t.Errorf("what the removal has not reached is not said: %s", r.err)
	}
}

// TestRestoreInAScript removes nobody that it was not told of.
func TestRestoreInAScript(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("code", []byte("THE-CODE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	restore := []string{"restore", "alice", "--server", "https://x.example", "--code-file", "code"}
	r := run(t, nil, "", restore...)
	if r.code != 0 || len(r.engine.removed)+len(r.engine.restore.Lost) != 0 || r.engine.restore.LostAll {
		t.Errorf("exit %d, %+v", r.code, r.engine.restore)
	}
	for _, args := range [][]string{{"--lost", "aa,bb"}, {"--lost", "aa", "--lost", "bb"}, {"--lost", "aa", "bb"}} {
		r := run(t, nil, "", append(restore, args...)...)
		if got := strings.Join(r.engine.restore.Lost, " "); r.code != 0 || got != "aa bb" || r.engine.restore.Handle != "alice" {
			t.Errorf("%q: exit %d, lost %q", args, r.code, got)
		}
	}
	for _, args := range [][]string{{"extra"}, {"--wait", "some"}, {"--lost", "a", "--lost-all"}, {"--pin-file", "code"}} {
		if r := run(t, nil, "", append(restore, args...)...); r.code != exitUsage {
			t.Errorf("%q: exit %d", args, r.code)
		}
	}
}

func TestInterruptedQuestion(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := runIn(t, ctx, &script{interactive: true, answers: []string{"71gk93"}}, "", nil, "recovery", "add", "pin")
	if r.code != exitInterrupted || r.engine.pin.PIN != nil {
		t.Errorf("exit %d", r.code)
	}
}
