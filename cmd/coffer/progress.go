package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

const (
	barWidth   = 24
	redraw     = 100 * time.Millisecond // between two states of a bar
	plainEvery = 2 * time.Second        // between two lines where there is no terminal
)

// progress shows how far long work has come, on standard error: a bar that is
// drawn over on a terminal, a line now and then elsewhere. Short work shows
// nothing. A nil progress shows nothing either.
type progress struct {
	w   io.Writer
	bar bool
	now func() time.Time

	mu    sync.Mutex
	task  string
	begun time.Time
	last  time.Time
	shown bool // a bar stands on the line
}

var tasks = map[string]string{
	"removal":       "closing conversations",
	"stretch":       "stretching the secret",
	"chain":         "checking the account",
	"conversations": "conversations",
	"messages":      "messages",
	"import":        "importing",
	"upload":        "uploading",
	"download":      "downloading",
	"commit":        "updating conversations",
	"release":       "telling the server",
	"leave":         "leaving conversations",
	"erase":         "the server erases",
	"attachments":   "attachments",
	"storage":       "adding up",
}

// report takes the engine's word for how far it is.
func (p *progress) report(r client.Progress) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if r.Task != p.task {
		p.clear()
		p.task, p.begun, p.last = r.Task, now, now
		if p.bar {
			p.last = time.Time{}
		}
	}
	done := r.Total > 0 && r.Done >= r.Total
	switch {
	case p.bar:
		if now.Sub(p.last) < redraw && !done {
			return
		}
		fmt.Fprintf(p.w, "\r\x1b[K%s", barLine(r))
		p.shown = true
	case now.Sub(p.last) >= plainEvery, done && now.Sub(p.begun) >= plainEvery:
		fmt.Fprintf(p.w, "%s: %s\n", taskName(r.Task), amount(r))
	default:
		return
	}
	p.last = now
}

// end takes the bar away.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.task = ""
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

func taskName(task string) string {
	if name, ok := tasks[task]; ok {
		return name
	}
	return plain.Line(task)
}

func amount(r client.Progress) string {
	text := func(n int64) string {
		if r.Task == "upload" || r.Task == "download" {
			return size(n)
		}
		return thousands(n)
	}
	if r.Total <= 0 {
		return text(r.Done)
	}
	return text(r.Done) + " of " + text(r.Total)
}

func barLine(r client.Progress) string {
	if r.Total <= 0 {
		return taskName(r.Task) + " " + amount(r)
	}
	full := int(min(max(r.Done, 0), r.Total) * barWidth / r.Total)
	return fmt.Sprintf("%s [%s%s] %s", taskName(r.Task), strings.Repeat("#", full), strings.Repeat(".", barWidth-full), amount(r))
}
