package frank

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	hub, signer, agent := keys(t)
	m := message(t, "x")
	frank := hub.Frank(NewTag(m), accepted, suite, signer)
	report := Report{"why", []Opening{{m.Bytes(), accepted, frank}}}.Append(nil)
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzReport": {Decode: func(b []byte) { _, _ = ParseReport(b) }, Good: [][]byte{report}},
		"FuzzFrank":  {Decode: func(b []byte) { _, _ = ParseFrank(b) }, Good: [][]byte{frank.Append(nil)}},
		"FuzzAgent":  {Decode: func(b []byte) { _, _ = ParseAgent(b) }, Good: [][]byte{Agent{agent, "chat.example"}.Append(nil)}},
	})
}
