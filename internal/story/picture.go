package story

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Picture writes the narrated lines as an SVG that looks like a terminal.
func Picture(w io.Writer, lines []Line) error {
	const (
		lineHeight, left, top = 20, 24, 52
		columns               = 86
	)
	rows := make([]Line, 0, len(lines))
	for _, l := range lines {
		if l.Kind == LineChapter && len(rows) > 0 {
			rows = append(rows, Line{})
		}
		for i, part := range wrap(l.Text, columns) {
			rows = append(rows, Line{Kind: l.Kind, Text: part, At: time.Duration(i)})
		}
	}
	height := top + lineHeight*len(rows) + 20
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 %d" width="860" height="%d" role="img" aria-label="Coffer's demo: chat, lose every device, restore">`+"\n", height, height)
	fmt.Fprintf(&b, `<rect width="860" height="%d" rx="10" fill="#10161d"/>`+"\n", height)
	for i, c := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="22" r="6" fill="%s"/>`+"\n", 24+20*i, c)
	}
	b.WriteString(`<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">` + "\n")
	for i, l := range rows {
		style, lead := styleOf(l.Kind)
		if l.At > 0 { // the rest of a line
			lead = strings.Repeat(" ", len([]rune(lead)))
		}
		if l.Text == "" {
			continue
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" %s>%s`, left, top+lineHeight*i, style, lead)
		if err := xml.EscapeText(&b, []byte(l.Text)); err != nil {
			return err
		}
		b.WriteString("</text>\n")
	}
	b.WriteString("</g>\n</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap cuts a text into lines of at most n characters, between words; what a
// line begins with in spaces begins all of them.
func wrap(text string, n int) []string {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	var out []string
	for len([]rune(text)) > n {
		cut := strings.LastIndex(string([]rune(text)[:n+1]), " ")
		if cut <= len(indent) {
			cut = len(string([]rune(text)[:n]))
		}
		out = append(out, text[:cut])
		text = indent + strings.TrimLeft(text[cut:], " ")
	}
	return append(out, text)
}

func styleOf(k LineKind) (style, lead string) {
	switch k {
	case LineChapter:
		return `fill="#5cc8ff" font-weight="bold"`, ""
	case LineType:
		return `fill="#f4f7fa"`, "  $ "
	case LineGood:
		return `fill="#5fd38d"`, "  ✓ "
	}
	return `fill="#a9b7c6"`, "  "
}
