package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

const (
	minSender  = 5
	maxSender  = 16
	quoteRunes = 40
)

// view prints messages for people, a line each where the text has one, with a
// line between days.
type view struct {
	a      *app
	s      style
	sender int // width of the column of senders
	day    string
	texts  map[client.MessageID]string // for quotes in replies
	where  func(client.Message) string // names the conversation; nil: only one is shown
}

// newView is a view of what is in page, or of more to come.
func newView(a *app, page []client.Message) *view {
	v := &view{a: a, s: a.style(), sender: minSender, texts: map[client.MessageID]string{}}
	for _, m := range page {
		v.learn(m)
	}
	return v
}

// learn makes room for a message, and keeps its text for quotes.
func (v *view) learn(m client.Message) {
	v.sender = max(v.sender, min(maxSender, utf8.RuneCountInString(plain.Line(m.SenderHandle))))
	if !m.ID.IsZero() {
		v.texts[m.ID] = m.SenderHandle + ": " + m.Text
	}
}

// shortID is how much of a message's id is shown. All ids begin with the same
// two characters, the number of the hash in them.
func shortID(m client.Message) string {
	id := messageID(m)
	return id[:min(10, len(id))]
}

func (v *view) print(w io.Writer, m client.Message) {
	v.learn(m)
	t := m.Time.In(v.a.zone)
	if day := t.Format("Monday, 2 January 2006"); day != v.day {
		if v.day != "" {
			fmt.Fprintln(w)
		}
		v.day = day
		fmt.Fprintln(w, v.s.dim(day))
	}
	if m.Event != "" {
		fmt.Fprintf(w, "%s\n", v.s.dim(t.Format("15:04")+"  -- "+v.event(m)))
		return
	}
	indent := strings.Repeat(" ", len("15:04")+2+v.sender+2)
	sender := pad(cut(plain.Line(m.SenderHandle), maxSender), v.sender)
	place := ""
	if v.where != nil {
		place = v.s.dim(v.where(m)) + "  "
	}
	lines := v.body(m)
	lines[len(lines)-1] += v.marks(m)
	if r := reactions(m.Reactions); r != "" && !m.Unsent {
		lines = append(lines, r)
	}
	fmt.Fprintf(w, "%s  %s%s  %s\n", v.s.dim(t.Format("15:04")), place, v.s.bold(sender), lines[0])
	for _, l := range lines[1:] {
		fmt.Fprintln(w, indent+l)
	}
}

// body is the lines of a message: what it answers, its text, its attachments.
func (v *view) body(m client.Message) []string {
	switch {
	case m.Unsent:
		return []string{v.s.dim("(unsent)")}
	case m.Unreadable:
		what := "unreadable, posted by " + plain.Line(m.SenderHandle)
		if m.Why != "" {
			what += ": " + m.Why.Words()
		}
		return []string{v.s.warn("(" + what + ")")}
	}
	var lines []string
	if !m.ReplyTo.IsZero() {
		quote, ok := v.texts[m.ReplyTo]
		if !ok {
			quote = m.ReplyTo.String()[:10]
		}
		quote, _, _ = strings.Cut(quote, "\n")
		lines = append(lines, v.s.dim("> "+cut(plain.Line(quote), quoteRunes)))
	}
	if m.Text != "" {
		lines = append(lines, strings.Split(plain.Text(m.Text), "\n")...)
	}
	for _, f := range m.Attachments {
		lines = append(lines, fmt.Sprintf("[file: %s, %s]", plain.Line(f.Name), size(f.Size)))
	}
	if len(lines) == 0 {
		lines = []string{""}
	}
	return lines
}

// marks stand behind a message: what became of it, and its id.
func (v *view) marks(m client.Message) string {
	var marks string
	if m.Edited && !m.Unsent {
		marks += " (edited)"
	}
	if m.State == client.StateQueued {
		marks += " (queued)"
	}
	if m.Forwarded && !m.Unsent {
		marks += " (forwarded)"
	}
	if m.GivenBy != "" {
		marks += " (given by " + plain.Line(m.GivenBy) + ")"
	}
	if !m.Expires.IsZero() && !m.Unsent {
		marks += " (until " + v.a.shortTime(m.Expires) + ")"
	}
	if len(m.ReadBy) > 0 {
		marks += " (read by " + plain.Line(strings.Join(m.ReadBy, ", ")) + ")"
	}
	if id := shortID(m); id != "" {
		marks += "  [" + id + "]"
	}
	return v.s.dim(marks)
}

// reactions are the emoji, each with who sent it.
func reactions(list []client.Reaction) string {
	var order []string
	who := map[string][]string{}
	for _, r := range list {
		e := plain.Line(r.Emoji)
		if who[e] == nil {
			order = append(order, e)
		}
		who[e] = append(who[e], plain.Line(r.Handle))
	}
	for i, e := range order {
		order[i] = e + " " + strings.Join(who[e], ", ")
	}
	return strings.Join(order, "  ")
}

func (v *view) event(m client.Message) string {
	text := plain.Line(m.SenderHandle) + " " + map[string]string{
		"created":  "began this conversation",
		"added":    "added",
		"removed":  "removed",
		"left":     "left",
		"closed":   "closed the account",
		"joined":   "joined",
		"renamed":  "changed the name to",
		"role":     "is now",
		"history":  "set whether newcomers are given the history:",
		"expiry":   "set how long new messages stay:",
		"reopened": "opened the group anew because",
	}[m.Event]
	if strings.HasSuffix(text, " ") {
		text += plain.Line(m.Event)
	}
	if m.Text != "" {
		text += " " + plain.Line(m.Text)
	}
	return text
}

// cut shortens a text to a number of characters.
func cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	r := []rune(text)
	return string(r[:n-1]) + "…"
}

// dayTime is a time with its day, for lists that have no line between days.
func (a *app) dayTime(t time.Time) string { return t.In(a.zone).Format("2 Jan 2006 15:04") }
