package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// TestUsageErrors: exit 2, nothing on standard output, one sentence.
func TestUsageErrors(t *testing.T) {
	for _, line := range []string{
		"bogus", "--bogus", "group", "group bogus", "recovery add", "recovery add bogus", "vault", "import", "help bogus",
		"register", "register alice", "register alice bob --server https://x.example", "register alice --server",
		"restore", "restore alice",
		"send", "send bob", "send bob hi --stdin", "send bob --stdin --lines", "send bob --lines --file x", "send bob --stdin --file -",
		"send bob --file - --file -", "send bob --file missing", "send bob --file .", "send bob hi --reply ffff",
		"edit", "edit 01", "unsend", "unsend a b", "delete", "react 01", "react 01 " + strings.Repeat("x", 65), "save", "save ffff", "save 014fed08",
		"group create", "group create x", "group create # bob", "group add x", "group leave", "group info", "group role family bob", "group role family bob king", "group invite", "group invite family --for 5w", "group invite family --uses x", "group invites a b", "group uninvite", "group uninvite ffff", "join", "join x", "profile a b", "profile bob --name x", "profile --picture missing", "profile --picture . --name x", "profile --picture x --no-picture", "profile --out x", "join --link-file missing", "accept", "accept carol", "decline", "decline carol", "contact x", "contact add", "contact add bob", "contact --png .",
		"history", "history bob --limit 0", "history bob --limit x", "history bob --limit 3 --all", "history bob --before 0", "history bob --before -1",
		"watch --count 0", "watch --count -1", "watch a b", "search", "sync x", "whoami x", "version x", "list x",
		"recovery remove", "recovery remove ffff", "recovery list x", "recovery test --pin-file a --code-file b", "devices x", "safety", "safety bob --at 0", "safety bob --at 9", "safety bob --at 3 --compare 4", "safety bob --compare 4", "safety bob --compare=", "vault status x",
		"import messenger", "import messenger missing", "import messenger x y",
		"list --timeout 0s", "list --timeout -1s", "list --timeout soon",
	} {
		r := run(t, nil, "", strings.Fields(line)...)
		if r.code != exitUsage || r.out != "" || !strings.HasPrefix(r.err, "coffer: ") {
			t.Errorf("%s: exit %d, out %q, err %q", line, r.code, r.out, r.err)
		}
		r = run(t, nil, "", append([]string{"--json"}, strings.Fields(line)...)...)
		var o errorObject
		if err := json.Unmarshal([]byte(r.err), &o); err != nil || o.Type != "error" || o.Kind != "usage" || o.Exit != exitUsage || o.Message == "" {
			t.Errorf("%s --json: %q, %v", line, r.err, err)
		}
	}
}

func TestAmbiguousID(t *testing.T) {
	r := run(t, nil, "", "send", "bob", "hi", "--reply", "01")
	if r.code != exitUsage || strings.Count(r.err, "\n  01") != 2 {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
}

// TestHelpTeaches: each command has a sentence, an explanation and an example.
func TestHelpTeaches(t *testing.T) {
	a := &app{term: &script{}}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: %q", c.CommandPath(), c.Short)
		}
		if !c.HasSubCommands() && c.Name() != "help" {
			if !strings.Contains(c.Example, "  coffer "+pathOf(c)) {
				t.Errorf("%s has no example", c.CommandPath())
			}
			if len(c.Long) < len(c.Short)+20 {
				t.Errorf("%s explains nothing", c.CommandPath())
			}
		}
		for _, line := range strings.Split(c.Long+"\n"+c.Example, "\n") {
			if len(line) > 150 {
				t.Errorf("%s: %q is too long a line", c.CommandPath(), line)
			}
		}
		for _, child := range c.Commands() {
			visit(child)
		}
	}
	visit(a.root())
	for _, line := range []string{"--help", "send --help", "help recovery add pin", "help", "recovery --help"} {
		if r := run(t, nil, "", strings.Fields(line)...); r.code != 0 || r.err != "" || !strings.Contains(r.out, "Usage:") {
			t.Errorf("%s: exit %d: %s", line, r.code, r.err)
		}
	}
}

// TestFlagsAnywhere: before and after arguments, none after "--".
func TestFlagsAnywhere(t *testing.T) {
	for _, args := range [][]string{
		{"send", "bob", "hello", "there", "--key", "k"}, {"send", "--key", "k", "bob", "hello", "there"}, {"--quiet", "send", "bob", "--key=k", "hello", "there"},
	} {
		if r := run(t, nil, "", args...); r.code != 0 || r.engine.sent.Text != "hello there" || r.engine.sent.Key != "k" {
			t.Errorf("%q: exit %d, %+v", args, r.code, r.engine.sent)
		}
	}
	r := run(t, nil, "", "send", "bob", "--", "--key", "--json")
	if r.code != 0 || r.engine.sent.Text != "--key --json" || strings.HasPrefix(r.out, "{") {
		t.Errorf("exit %d, %q, %q", r.code, r.engine.sent.Text, r.out)
	}
}

func TestExitCodes(t *testing.T) {
	a := &app{err: discard{}}
	for kind, want := range map[fault.Kind]int{
		fault.KindFailed: 1, fault.KindUsage: 2, fault.KindWrongSecret: 3, fault.KindLocked: 4,
		fault.KindUnreachable: 5, fault.KindIntegrity: 6, fault.KindInUse: 7, fault.KindRefused: 8,
	} {
		if got := a.fail(t.Context(), nil, fmt.Errorf("wrapped: %w", &fault.Error{Kind: kind})); got != want {
			t.Errorf("%s: exit %d, want %d", kind, got, want)
		}
	}
	if got := a.fail(t.Context(), nil, context.Canceled); got != exitInterrupted {
		t.Errorf("interrupted: exit %d", got)
	}
	if got := a.fail(t.Context(), nil, os.ErrInvalid); got != exitFailed {
		t.Errorf("unknown: exit %d", got)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func TestWatchEnds(t *testing.T) {
	r := run(t, nil, "", "watch", "--count", "3", "--json")
	if r.code != 0 || strings.Count(r.out, `"type":"message"`) != 3 {
		t.Errorf("exit %d\n%s", r.code, r.out)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := runIn(t, ctx, nil, "", nil, "watch", "bob"); r.code != exitInterrupted || !strings.Contains(r.out, "On my way") {
		t.Errorf("exit %d\n%s", r.code, r.out)
	}
	if r := run(t, nil, "", "watch", "--count", "1"); !strings.Contains(r.out, "bob  alice") {
		t.Errorf("the conversation is not named:\n%s", r.out)
	}
}

func TestColours(t *testing.T) {
	for _, c := range []struct {
		terminal bool
		env      map[string]string
		want     bool
	}{
		{true, nil, true}, {false, nil, false}, {true, map[string]string{"NO_COLOR": "1"}, false}, {true, map[string]string{"TERM": "dumb"}, false},
	} {
		r := runIn(t, t.Context(), &script{colour: c.terminal}, "", c.env, "history", "bob")
		if got := strings.Contains(r.out, "\x1b["); got != c.want {
			t.Errorf("%+v: colours %v", c, got)
		}
		if strings.Contains(r.out, "\x1b[2J") {
			t.Error("a message clears the screen")
		}
	}
}

// TestQuiet: results only.
func TestQuiet(t *testing.T) {
	for _, line := range []string{"recovery add code", "register alice --server https://x.example"} {
		if r := run(t, nil, "", append(strings.Fields(line), "--quiet")...); r.code != 0 || r.err != "" || r.out == "" {
			t.Errorf("%s: exit %d, %q", line, r.code, r.err)
		}
	}
}

// TestHistoryCountsMessages: events do not count for --limit.
func TestHistoryCountsMessages(t *testing.T) {
	for limit, want := range map[string][2]int{"1": {1, 0}, "7": {7, 0}, "8": {7, 1}, "100": {7, 1}} {
		r := run(t, nil, "", "history", "bob", "--json", "--limit", limit)
		if m, e := strings.Count(r.out, `"type":"message"`), strings.Count(r.out, `"type":"event"`); r.code != 0 || m != want[0] || e != want[1] {
			t.Errorf("--limit %s: exit %d, %d messages, %d events", limit, r.code, m, e)
		}
	}
	list := talk()
	slices.Reverse(list) // the event is the newest now
	if got, err := newest(t.Context(), &reversed{list: list}, "bob", client.Page{Limit: 2}); err != nil || len(got) != 3 {
		t.Errorf("%d entries, %v", len(got), err)
	}
}

type reversed struct {
	fake
	list []client.Message
}

func (r *reversed) History(_ context.Context, _ string, p client.Page) ([]client.Message, error) {
	return r.list[max(0, len(r.list)-p.Limit):], nil
}

// TestFullDisk: what could not be written is not done.
func TestFullDisk(t *testing.T) {
	var errOut strings.Builder
	a := &app{
		in: strings.NewReader(""), out: full{}, err: &errOut, env: func(string) string { return "" }, term: &script{},
		now: func() time.Time { return noon }, zone: time.UTC,
		open: func(context.Context, *app, bool) (engine, func() error, error) {
			return &fake{}, func() error { return nil }, nil
		},
	}
	if code := a.run(t.Context(), []string{"history", "bob"}); code != exitFailed || !strings.Contains(errOut.String(), "standard output") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }
