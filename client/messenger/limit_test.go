package messenger

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// TestMessageSize: a message beyond the limit is left out and named, those beside
// it are read.
func TestMessageSize(t *testing.T) {
	huge := `{"sender_name":"Ann","timestamp_ms":2,"photos":[` + rows("{}", MaxMessage/3) + `]}`
	long := message(3, strings.Repeat("x", MaxText))
	e, err := Open(fstest.MapFS{inbox + "t_12345678/message_1.json": thread(two, message(1, "a"), huge, long)})
	if err != nil {
		t.Fatal(err)
	}
	var got []Message
	for m := range e.Messages(&e.Threads()[0]) {
		got = append(got, m)
	}
	if len(got) != 2 || got[0].Text != "a" || len(got[1].Text) != MaxText {
		t.Errorf("%d messages", len(got))
	}
	if p, _ := e.Problems(); len(p) != 1 || !errors.Is(p[0].Err, ErrLimit) {
		t.Errorf("problems: %v", p)
	}
}
