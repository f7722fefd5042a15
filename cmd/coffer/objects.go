package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/internal/plain"
)

// writeObject writes one JSON object on a line of its own. Characters that
// steer a terminal are written as \u escapes, which change nothing for a
// parser.
func writeObject(w io.Writer, o any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(o); err != nil {
		panic(err) // our own structs of strings and numbers
	}
	line := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	out := make([]byte, 0, len(line)+1)
	for len(line) > 0 {
		r, n := utf8.DecodeRune(line)
		if plain.Steers(r) {
			out = fmt.Appendf(out, "\\u%04x", r)
		} else {
			out = append(out, line[:n]...)
		}
		line = line[n:]
	}
	w.Write(append(out, '\n'))
}

// print writes an object with --json, otherwise calls human.
func (a *app) print(object any, human func(w io.Writer)) {
	a.progress.end()
	if a.json {
		writeObject(a.out, object)
		return
	}
	human(a.out)
}

// note prints advice for people on standard error.
func (a *app) note(format string, args ...any) {
	if a.json || a.quiet {
		return
	}
	a.progress.end()
	fmt.Fprintf(a.err, format+"\n", args...)
}

// timestamp is a time in JSON: RFC 3339 in UTC, "" for none.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

type errorObject struct {
	Type        string   `json:"type"`
	Kind        string   `json:"kind"`
	Message     string   `json:"message"`
	Exit        int      `json:"exit"`
	GuessesLeft *int     `json:"guessesLeft,omitempty"`
	Promise     string   `json:"promise,omitempty"`
	Choices     []string `json:"choices,omitempty"`
}

type identityObject struct {
	Type       string `json:"type"`
	Handle     string `json:"handle"`
	Account    string `json:"account"`
	Host       string `json:"host"`
	Server     string `json:"server"`
	Device     string `json:"device"`
	DeviceName string `json:"deviceName"`
}

type doneObject struct {
	Type   string `json:"type"`
	Action string `json:"action"`
	Target string `json:"target"`
}

type syncedObject struct {
	Type     string `json:"type"`
	Sent     int    `json:"sent"`
	Received int    `json:"received"`
	Pending  int    `json:"pending"`
}

type safetyObject struct {
	Type    string `json:"type"`
	Handle  string `json:"handle"`
	Account string `json:"account"`
	Number  string `json:"number"`
	Link    string `json:"link"`
	Pinned  bool   `json:"pinned"`
	Keeps   bool   `json:"keepsHistory"`
	Name    string `json:"name,omitempty"`
	// Seq and History are the place and number of the conversation's newest entry.
	Seq     uint64 `json:"historySeq,omitempty"`
	History string `json:"historyNumber,omitempty"`
}

type webObject struct {
	Type    string   `json:"type"`
	URL     string   `json:"url"`
	Release string   `json:"release"`
	Trusted bool     `json:"trusted"`
	Files   int      `json:"files"`
	Differs []string `json:"differs"`
	Policy  bool     `json:"policy"`
	Same    bool     `json:"same"`
}

type importedObject struct {
	Type        string   `json:"type"`
	Threads     int      `json:"threads"`
	Messages    int      `json:"messages"`
	Attachments int      `json:"attachments"`
	Skipped     int      `json:"skipped"`
	Problems    []string `json:"problems"`
}

type versionObject struct {
	Type     string `json:"type"`
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Protocol int    `json:"protocol"`
	Go       string `json:"go"`
}
