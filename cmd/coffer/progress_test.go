package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
)

func TestProgressLines(t *testing.T) {
	var b bytes.Buffer
	now := noon
	p := &progress{w: &b, now: func() time.Time { return now }}
	for done := int64(0); done <= 5000; done += 100 {
		p.report(client.Progress{Task: "messages", Done: done, Total: 5000})
		now = now.Add(100 * time.Millisecond)
	}
	p.end()
	if got := b.String(); got != "messages: 2,000 of 5,000\nmessages: 4,000 of 5,000\nmessages: 5,000 of 5,000\n" {
		t.Errorf("%q", got)
	}
}

func TestProgressOfShortWork(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, now: func() time.Time { return noon }}
	p.report(client.Progress{Task: "stretch", Total: 2})
	p.report(client.Progress{Task: "stretch", Done: 2, Total: 2})
	p.report(client.Progress{Task: "commit", Done: 1, Total: 1})
	p.end()
	if b.Len() > 0 {
		t.Errorf("%q", b.String())
	}
	var none *progress
	none.report(client.Progress{Task: "stretch"})
	none.end()
}

func TestProgressBar(t *testing.T) {
	var b bytes.Buffer
	now := noon
	p := &progress{w: &b, bar: true, now: func() time.Time { return now }}
	p.report(client.Progress{Task: "upload", Done: 0, Total: 4_000_000})
	p.report(client.Progress{Task: "upload", Done: 1, Total: 4_000_000}) // too soon
	now = now.Add(time.Second)
	p.report(client.Progress{Task: "upload", Done: 2_000_000, Total: 4_000_000})
	p.report(client.Progress{Task: "ev\x1bil", Done: 5})
	p.end()
	p.end()
	want := "\r\x1b[Kuploading [........................] 0 B of 4.0 MB" +
		"\r\x1b[Kuploading [############............] 2.0 MB of 4.0 MB" +
		"\r\x1b[K" + "\r\x1b[K" + `ev\u{1b}il 5` + "\r\x1b[K"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
	for _, r := range []client.Progress{{Task: "x", Done: 9, Total: 5}, {Task: "x", Done: -1, Total: 5}} {
		if line := barLine(r); strings.Count(line, "#")+strings.Count(line, ".") != barWidth {
			t.Errorf("%+v: %q", r, line)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 3141592: "3.1 MB", 2e9: "2.0 GB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
