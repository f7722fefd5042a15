package messenger

import (
	"testing"
	"testing/fstest"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: an export is streamed; one message at a time is held, whose
// size MaxMessage bounds; encoding/json takes up to forty times that.
func TestAllocations(t *testing.T) {
	dense := `{"sender_name":"Ann","timestamp_ms":1,"content":"x","photos":[{},{},{}],"reactions":[{},{}]}`
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{"FuzzMessages": {Decode: func(b []byte) {
		e, err := Open(fstest.MapFS{inbox + "t_12345678/message_1.json": {Data: b}})
		if err != nil {
			return
		}
		for i := range e.Threads() {
			for range e.Messages(&e.Threads()[i]) {
				continue
			}
		}
	}, Good: [][]byte{thread(two, message(2, "b"), dense).Data, thread(two, `{"photos":[`+rows("{}", 20_000)+`]}`).Data},
		Factor: 16, Base: 40 * MaxMessage}})
}

// rows is a JSON list's inside of n equal elements.
func rows(element string, n int) string {
	b := make([]byte, 0, n*(len(element)+1))
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, element...)
	}
	return string(b)
}
