package main

import (
	"fmt"
	"slices"
	"strings"
)

// perFile is how many messages a message file holds. Real exports put 10,000.
const perFile = 300

// writeThread adds a thread's files to out.
func writeThread(out map[string][]byte, t *thread, messages []message) {
	base := "your_activity_across_facebook/messages/" + t.folder + "/" + t.dir
	for _, m := range messages {
		if m.photo != "" {
			out[base+"/photos/"+m.photo] = picture(m.photo, m.ms)
		}
		if m.file != "" {
			out[base+"/files/"+m.file] = fmt.Appendf(nil, "Draft of %s\n\nNot finished.\n", m.file)
		}
	}
	newest := slices.Clone(messages)
	slices.Reverse(newest)
	n := 0
	for part := range slices.Chunk(newest, perFile) {
		n++
		out[fmt.Sprintf("%s/message_%d.json", base, n)] = encodeFile(t, base, part)
	}
}

// encodeFile returns a message file as the export lays it out: newest first, and
// text with every byte of its UTF-8 as a character of its own.
func encodeFile(t *thread, base string, messages []message) []byte {
	var b strings.Builder
	b.WriteString("{\n  \"participants\": [\n")
	people := append(slices.Clone(t.others), owner)
	for i, p := range people {
		fmt.Fprintf(&b, "    {\n      \"name\": %s\n    }%s\n", quote(p), comma(i, len(people)))
	}
	b.WriteString("  ],\n  \"messages\": [\n")
	for i, m := range messages {
		b.WriteString("    {\n")
		for j, f := range m.fields(base) {
			if j > 0 {
				b.WriteString(",\n")
			}
			b.WriteString("      " + f)
		}
		fmt.Fprintf(&b, "\n    }%s\n", comma(i, len(messages)))
	}
	fmt.Fprintf(&b, "  ],\n  \"title\": %s,\n  \"is_still_participant\": true,\n", quote(t.title))
	fmt.Fprintf(&b, "  \"thread_path\": %s,\n  \"magic_words\": []", quote(t.folder+"/"+t.dir))
	if len(t.others) > 1 {
		b.WriteString(",\n  \"joinable_mode\": {\n    \"mode\": 1,\n    \"link\": \"\"\n  }")
	}
	b.WriteString("\n}\n")
	return []byte(b.String())
}

func (m *message) fields(base string) []string {
	f := []string{
		`"sender_name": ` + quote(m.sender),
		fmt.Sprintf(`"timestamp_ms": %d`, m.ms),
	}
	if m.text != "" {
		f = append(f, `"content": `+quote(m.text))
	}
	if m.call >= 0 {
		f = append(f, fmt.Sprintf(`"call_duration": %d`, m.call))
	}
	if m.photo != "" {
		f = append(f, fmt.Sprintf(`"photos": [{"uri": %s, "creation_timestamp": %d}]`, quote(base+"/photos/"+m.photo), m.ms/1000))
	}
	if m.file != "" {
		f = append(f, fmt.Sprintf(`"files": [{"uri": %s, "creation_timestamp": %d}]`, quote(base+"/files/"+m.file), m.ms/1000))
	}
	if m.link != "" {
		f = append(f, `"share": {"link": `+quote(m.link)+`}`)
	}
	if len(m.reactions) > 0 {
		var r []string
		for _, x := range m.reactions {
			r = append(r, fmt.Sprintf(`{"reaction": %s, "actor": %s}`, quote(x.emoji), quote(x.actor)))
		}
		f = append(f, `"reactions": [`+strings.Join(r, ", ")+`]`)
	}
	if m.unsent {
		f = append(f, `"is_unsent": true`)
	}
	return append(f, `"is_geoblocked_for_viewer": false`)
}

func comma(i, n int) string {
	if i == n-1 {
		return ""
	}
	return ","
}

// quote writes a string as the export does.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '/':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20 || c >= 0x7f:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
