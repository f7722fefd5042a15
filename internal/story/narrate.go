package story

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// LineKind says what a narrated line is.
type LineKind int

// The kinds of line.
const (
	LineChapter LineKind = iota // begins a part of the story
	LineSay                     // says what happens
	LineType                    // a command that somebody types
	LineGood                    // something that was checked and holds
)

// Line is a narrated line.
type Line struct {
	Kind LineKind
	Text string
	At   time.Duration // since the beginning
}

// Narrator tells the story: with colour and progress bars on a terminal, in
// plain lines elsewhere. It keeps the lines for a picture.
type Narrator struct {
	Out      io.Writer
	Terminal bool // Out is a terminal
	Colour   bool
	Lines    []Line

	start time.Time
	bar   bool
}

func (n *Narrator) line(k LineKind, text string) {
	if n.start.IsZero() {
		n.start = time.Now()
	}
	n.clear()
	n.Lines = append(n.Lines, Line{k, text, time.Since(n.start)})
	switch k {
	case LineChapter:
		fmt.Fprintf(n.Out, "\n%s\n", n.paint("1;36", text))
	case LineType:
		fmt.Fprintf(n.Out, "  %s %s\n", n.paint("2", "$"), n.paint("1", text))
	case LineGood:
		fmt.Fprintf(n.Out, "  %s %s\n", n.paint("32", "✓"), text)
	default:
		fmt.Fprintf(n.Out, "  %s\n", text)
	}
}

// Chapter begins a part of the story.
func (n *Narrator) Chapter(title string) { n.line(LineChapter, title) }

// Say says what happens.
func (n *Narrator) Say(format string, args ...any) { n.line(LineSay, fmt.Sprintf(format, args...)) }

// Type shows a command.
func (n *Narrator) Type(command string) { n.line(LineType, command) }

// Good says what was checked and holds.
func (n *Narrator) Good(format string, args ...any) { n.line(LineGood, fmt.Sprintf(format, args...)) }

// Progress shows how far long work has come; only a terminal shows it.
func (n *Narrator) Progress(what string, done, total int) {
	if !n.Terminal || total <= 0 {
		return
	}
	const width = 30
	full := min(width, done*width/total)
	fmt.Fprintf(n.Out, "\r  %s%s %s %d/%d", n.paint("36", strings.Repeat("█", full)), strings.Repeat("░", width-full), what, done, total)
	n.bar = true
	if done >= total {
		n.clear()
	}
}

// clear removes a progress bar.
func (n *Narrator) clear() {
	if n.bar {
		fmt.Fprint(n.Out, "\r\x1b[2K")
		n.bar = false
	}
}

func (n *Narrator) paint(code, text string) string {
	if !n.Colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
