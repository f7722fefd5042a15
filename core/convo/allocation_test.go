package convo

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: what comes from a hostile server or member takes memory by its
// size only.
func TestAllocations(t *testing.T) {
	s := samples()
	format := func(names ...string) syntaxtest.Decoder {
		var good [][]byte
		for _, name := range names {
			good = append(good, s[name].good)
		}
		return syntaxtest.Decoder{Decode: func(b []byte) { _, _ = s[names[0]].decode(b) }, Good: good}
	}
	prev := sampleRecord()
	r := story(t)
	dora := r.people["dora"]
	m := r.walked[0]
	kem, place := dora.Roots.Current().KEM(), r.pos.Place(m.Message, dora.id(), 1)
	reopened, _ := r.reopen(reopening{by: "carol/1"})
	next := r.make(draft{by: "alice/1"})
	walk := func(part func(*LoggedCommit, []byte)) func([]byte) {
		return func(b []byte) {
			c, bundle := *next.LoggedCommit, *next.Bundle
			c.Bundle = &bundle
			part(&c, b)
			_, _ = r.walk(&c)
		}
	}
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzParseFacts":        format("group facts", "direct facts"),
		"FuzzParseParticipants": format("participants"),
		"FuzzParseHeader":       format("message header"),
		"FuzzParseCommitHeader": format("commit header"),
		"FuzzParseLeave":        format("leave"),
		"FuzzParseMLSGroupID":   format("group id"),
		"FuzzParseSecrets":      format("deposited secrets"),
		"FuzzGiven":             {Decode: func(b []byte) { _, _ = ParseGiven(b) }, Good: [][]byte{EncodeGiven(someGiven()), EncodeGiven(manyGiven(300))}},
		"FuzzParseID":           {Decode: func(b []byte) { _, _ = ParseID(string(b)) }, Good: [][]byte{[]byte(ID{1}.String())}},
		"FuzzParseRecord":       {Decode: func(b []byte) { _, _ = ParseRecord(b, nil) }, Good: [][]byte{prev.AppendChange(nil, nil)}},
		"FuzzParseRecord/after": {Decode: func(b []byte) { _, _ = ParseRecord(b, prev) }, Good: [][]byte{prev.AppendChange(nil, prev)}},
		"FuzzOpenDeposit":       {Decode: func(b []byte) { _, _ = OpenDeposit(kem, place, b) }, Good: [][]byte{m.sealed[dora.id()]}},
		"FuzzBegin":             {Decode: func(b []byte) { _, _, _ = Begin(b) }, Good: [][]byte{r.creation}},
		"FuzzReopen":            {Decode: func(b []byte) { x := *reopened; x.Body = b; _, _, _, _ = r.pos.Reopen(&x) }, Good: [][]byte{reopened.Body}},
		"FuzzWalk":              {Decode: walk(func(c *LoggedCommit, b []byte) { c.Message = b }), Good: [][]byte{next.Message}},
		"FuzzWalk/table":        {Decode: walk(func(c *LoggedCommit, b []byte) { c.Bundle.Table = b }), Good: [][]byte{next.Bundle.Table}},
		"FuzzWalk/record":       {Decode: walk(func(c *LoggedCommit, b []byte) { c.Bundle.Record = b }), Good: [][]byte{next.Bundle.Record}},
		"FuzzEntry": {Decode: func(b []byte) {
			_, _, _ = (&Entry{Seq: 1, Kind: EntryMessage, Body: b, Header: b, BodyHash: b}).Hashes()
		},
			Good: [][]byte{s["message header"].good}},
	})
}
