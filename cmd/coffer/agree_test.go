package main

import (
	"strings"
	"testing"
)

// TestAgree: what is asked first is done after a clear yes, and after nothing else.
func TestAgree(t *testing.T) {
	for _, c := range []struct{ line, undone, done string }{
		{"clear bob", "nothing was deleted", "cleared bob\n"},
		{"report 017b9a9 --reason rude", "nothing was sent", "reported as 5eed1d42;"},
	} {
		args := strings.Fields(c.line)
		for _, answers := range [][]string{{"n"}, {""}, {"maybe"}, nil} {
			r := run(t, &script{interactive: true, answers: answers}, "", args...)
			if r.code != exitUsage || !strings.Contains(r.err, c.undone) || strings.Contains(r.out, c.done) || len(r.asked) != 1 {
				t.Errorf("%s, answered %q: exit %d, asked %q\n%s%s", c.line, answers, r.code, r.asked, r.out, r.err)
			}
		}
		for _, answer := range []string{"y", " YES "} {
			r := run(t, &script{interactive: true, answers: []string{answer}}, "", args...)
			if r.code != exitDone || !strings.Contains(r.out, c.done) {
				t.Errorf("%s, answered %q: exit %d\n%s%s", c.line, answer, r.code, r.out, r.err)
			}
		}
		r := run(t, &script{interactive: true}, "", append(args, "--yes")...)
		if r.code != exitDone || len(r.asked) != 0 {
			t.Errorf("%s --yes: exit %d, asked %q", c.line, r.code, r.asked)
		}
	}
	// What is shown is shown before it is asked.
	r := run(t, &script{interactive: true, answers: []string{"n"}}, "", "report", "017b9a9", "--reason", "rude")
	if !strings.Contains(r.out, "From last time") || !strings.Contains(r.out, "reason: rude") {
		t.Errorf("shown: %s", r.out)
	}
	if r := run(t, nil, "", "clear", "bob"); r.code != exitDone {
		t.Errorf("where nobody can be asked: exit %d, %s", r.code, r.err)
	}
}
