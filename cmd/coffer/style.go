package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// style is how a command prints for people: with colours on a terminal,
// unless NO_COLOR is set (https://no-color.org) or the terminal is dumb.
type style struct{ colour bool }

func (a *app) style() style {
	return style{a.term.OutColour() && a.env("NO_COLOR") == "" && a.env("TERM") != "dumb"}
}

func (s style) wrap(code, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) bold(text string) string { return s.wrap("1", text) }
func (s style) dim(text string) string  { return s.wrap("2", text) }
func (s style) good(text string) string { return s.wrap("32", text) }
func (s style) warn(text string) string { return s.wrap("33", text) }
func (s style) bad(text string) string  { return s.wrap("31", text) }

// state colours a word that tells health.
func (s style) state(word, padded string) string {
	switch word {
	case "ok":
		return s.good(padded)
	case "broken":
		return s.bad(padded)
	}
	return s.warn(padded)
}

// table prints rows with aligned columns; the last one is not padded. Styled
// cells are given by paint, which sees column and padded text.
func table(w io.Writer, rows [][]string, paint func(row, column int, text string) string) {
	var width []int
	for _, r := range rows {
		for i, c := range r {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for i, r := range rows {
		var b strings.Builder
		for j, c := range r {
			if j < len(r)-1 {
				c = pad(c, width[j]) + "  "
			}
			if paint != nil {
				c = paint(i, j, c)
			}
			b.WriteString(c)
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// pad fills text with spaces to a width in characters.
func pad(text string, width int) string {
	if n := width - utf8.RuneCountInString(text); n > 0 {
		return text + strings.Repeat(" ", n)
	}
	return text
}

// plural is a number with its word.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(int64(n)) + " " + many
}

// thousands writes a number with commas.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size writes a number of bytes in the unit that suits it.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1000*1000*1000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// shortTime is a time as short as it may be today.
func (a *app) shortTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, now := t.In(a.zone), a.now().In(a.zone)
	switch {
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan 15:04")
	}
	return t.Format("2 Jan 2006")
}

// shortDuration is a length of time as people say it.
func shortDuration(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
