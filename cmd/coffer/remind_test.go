package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
)

// TestRemind: a person at a terminal is reminded of ways back in; scripts are not.
func TestRemind(t *testing.T) {
	for name, c := range map[string]struct {
		terminal bool
		args     string
		r        client.Reminder
		want     string
	}{
		"none":          {true, "whoami", client.Reminder{Due: true}, "coffer recovery add code"},
		"one":           {true, "whoami", client.Reminder{Ways: 1, Due: true}, "Add a second"},
		"a PIN used up": {true, "whoami", client.Reminder{Ways: 1, Spent: 1, Due: true}, "Your PIN is used up"},
		"not due":       {true, "whoami", client.Reminder{Ways: 1}, ""},
		"quiet":         {true, "whoami --quiet", client.Reminder{Due: true}, ""},
		"JSON":          {true, "whoami --json", client.Reminder{Due: true}, ""},
		"a script":      {false, "whoami", client.Reminder{Due: true}, ""},
		"after errors":  {true, "history liar", client.Reminder{Due: true}, "promise"},
	} {
		var out, said bytes.Buffer
		a := &app{
			in: strings.NewReader(""), out: &out, err: &said, env: func(string) string { return "" },
			term: &script{interactive: c.terminal}, now: func() time.Time { return noon }, zone: time.UTC,
			open: func(context.Context, *app, bool) (engine, func() error, error) {
				return &fake{reminder: c.r}, func() error { return nil }, nil
			},
		}
		a.run(t.Context(), strings.Fields(c.args))
		if got := said.String(); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
		if name == "after errors" && strings.Contains(said.String(), "recovery add") {
			t.Errorf("reminded after an error: %q", said.String())
		}
	}
}
