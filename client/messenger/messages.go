package messenger

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"slices"
	"strings"
	"time"
)

// Messages returns the messages of a thread, oldest first. Messages and files
// that cannot be read are left out and added to Problems.
func (e *Export) Messages(t *Thread) iter.Seq[Message] {
	return func(yield func(Message) bool) {
		ids := idMaker{thread: t.ID, seen: map[[32]byte]uint32{}}
		for _, files := range e.clusters(t.files) {
			for _, m := range e.load(files) {
				m.ID = ids.next(&m)
				if !yield(m) {
					return
				}
			}
		}
	}
}

// clusters orders files by time and puts those together whose times overlap, so
// that sorting each cluster sorts the thread.
func (e *Export) clusters(files []string) [][]string {
	if len(files) <= 1 {
		return [][]string{files}
	}
	type span struct {
		file     string
		min, max int64
	}
	var spans []span
	for _, f := range files {
		s := span{file: f}
		n := 0
		_, err := e.scanFile(f, func(m *rawMessage, err error) {
			if err != nil {
				return // load names it
			}
			if n == 0 || m.TimestampMs < s.min {
				s.min = m.TimestampMs
			}
			if n == 0 || m.TimestampMs > s.max {
				s.max = m.TimestampMs
			}
			n++
		})
		// What could be read of a file that ends early is still imported; load
		// names the problem.
		if n > 0 || err != nil {
			spans = append(spans, s)
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp64(a.min, b.min) })
	var out [][]string
	var end int64
	for i, s := range spans {
		if i == 0 || s.min > end {
			out = append(out, nil)
			end = s.max
		}
		last := len(out) - 1
		out[last] = append(out[last], s.file)
		end = max(end, s.max)
	}
	return out
}

func cmp64(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// load reads files and returns their messages, oldest first. Among messages of
// the same millisecond the order is the file's, turned around.
func (e *Export) load(files []string) []Message {
	var out []Message
	for _, f := range files {
		start := len(out)
		_, err := e.scanFile(f, func(raw *rawMessage, err error) {
			if err == nil && (raw.TimestampMs <= 0 || raw.TimestampMs > maxTimestamp) {
				err = ErrFormat
			}
			if err != nil {
				e.problem(f, err)
				return
			}
			out = append(out, e.message(raw))
		})
		if err != nil {
			e.problem(f, err)
		}
		slices.Reverse(out[start:])
	}
	slices.SortStableFunc(out, func(a, b Message) int { return a.Time.Compare(b.Time) })
	return out
}

// maxTimestamp is the end of the year 9999 in milliseconds.
const maxTimestamp = 253402300799999

func (e *Export) message(raw *rawMessage) Message {
	m := Message{
		Time:   time.UnixMilli(raw.TimestampMs).UTC(),
		Sender: cut(repair(raw.Sender), maxName),
		Text:   cut(repair(raw.Content), MaxText),
	}
	for _, r := range raw.Reactions {
		if emoji := repair(r.Reaction); emoji != "" && len(m.Reactions) < MaxPerMessage {
			m.Reactions = append(m.Reactions, Reaction{Actor: cut(repair(r.Actor), maxName), Emoji: cut(emoji, 64)})
		}
	}
	if raw.IsUnsent {
		m.Kind, m.Text = KindUnsent, ""
		return m
	}
	for _, list := range [][]rawFile{raw.Photos, raw.Videos, raw.AudioFiles, raw.Files, raw.Gifs} {
		for _, f := range list {
			m.addFile(e, f.URI)
		}
	}
	if raw.Sticker != nil {
		m.addFile(e, raw.Sticker.URI)
	}
	if raw.Share != nil {
		m.Link = webLink(repair(raw.Share.Link))
		if m.Text == "" {
			m.Text = cut(repair(raw.Share.ShareText), MaxText)
		}
	}
	m.Kind = raw.kind(&m)
	if raw.CallDuration != nil {
		m.CallSeconds = max(0, *raw.CallDuration)
	}
	return m
}

func (m *Message) addFile(e *Export, uri string) {
	if uri = repair(uri); uri == "" {
		return
	}
	if link := webLink(uri); link != "" {
		if m.Link == "" {
			m.Link = link
		}
		return
	}
	if len(m.Attachments) < MaxPerMessage {
		m.Attachments = append(m.Attachments, e.attachment(uri))
	}
}

func (raw *rawMessage) kind(m *Message) Kind {
	switch {
	case raw.Type == "Call" || raw.CallDuration != nil:
		return KindCall
	case raw.Type == "Subscribe" || raw.Type == "Unsubscribe":
		return KindSystem
	case m.Text != "":
		return KindText
	case len(m.Attachments) > 0:
		return KindMedia
	case m.Link != "":
		return KindShare
	}
	return KindEmpty
}

// webLink returns s if it is a link to the web, else "".
func webLink(s string) string {
	if len(s) > 4096 || strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return ""
	}
	lower := strings.ToLower(s[:min(len(s), 8)])
	if strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") {
		return s
	}
	return ""
}

// idMaker makes the ids of one thread's messages.
type idMaker struct {
	thread string
	seen   map[[32]byte]uint32
}

// next returns SHA-256 of a label, the thread, time, sender, content, and how
// many messages alike came before. Reactions and the kind are left out: they
// change from export to export.
func (x *idMaker) next(m *Message) MessageID {
	h := sha256.New()
	field := func(s string) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
		h.Write([]byte(s))
	}
	field("coffer messenger import 1")
	field(x.thread)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(m.Time.UnixMilli())))
	field(m.Sender)
	field(m.Text)
	field(m.Link)
	for _, a := range m.Attachments {
		field(a.Name)
	}
	base := [32]byte(h.Sum(nil))
	n := x.seen[base]
	x.seen[base] = n + 1
	if n == 0 {
		return base
	}
	return sha256.Sum256(binary.BigEndian.AppendUint32(base[:], n))
}
