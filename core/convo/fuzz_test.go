package convo

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/coffer-chat/coffer/mls"
)

// fuzzFormat feeds a decoder: what it accepts it must write the same way again.
func fuzzFormat(f *testing.F, names ...string) {
	s := samples()
	for _, name := range names {
		f.Add(s[name].good)
		f.Add(s[name].good[:len(s[name].good)/2])
	}
	decode := s[names[0]].decode
	f.Fuzz(func(t *testing.T, b []byte) {
		if again, err := decode(b); err == nil && !bytes.Equal(again, b) {
			t.Errorf("%x is read and written as %x", b, again)
		}
	})
}

func FuzzParseFacts(f *testing.F)        { fuzzFormat(f, "group facts", "direct facts") }
func FuzzParseParticipants(f *testing.F) { fuzzFormat(f, "participants") }
func FuzzParseHeader(f *testing.F)       { fuzzFormat(f, "message header") }
func FuzzParseCommitHeader(f *testing.F) { fuzzFormat(f, "commit header") }
func FuzzParseLeave(f *testing.F)        { fuzzFormat(f, "leave") }
func FuzzParseMLSGroupID(f *testing.F)   { fuzzFormat(f, "group id") }
func FuzzParseSecrets(f *testing.F)      { fuzzFormat(f, "deposited secrets") }

func FuzzParseID(f *testing.F) {
	f.Add(ID{1, 2, 3}.String())
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := ParseID(s); err == nil && id.String() != s {
			t.Errorf("%q is read and printed as %q", s, id)
		}
	})
}

// FuzzParseRecord applies a change to a record: the result says what the change
// says, and is no larger than the input and the record before pay for.
func FuzzParseRecord(f *testing.F) {
	prev := sampleRecord()
	f.Add(prev.AppendChange(nil, nil), false)
	f.Add(prev.AppendChange(nil, prev), true)
	f.Add([]byte{0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0}, true)
	f.Fuzz(func(t *testing.T, b []byte, after bool) {
		before := prev
		if !after {
			before = nil
		}
		r, err := ParseRecord(b, before)
		if err != nil {
			return
		}
		if len(r.Leaves) > 2*(len(prev.Leaves)+len(b)) {
			t.Errorf("%d bytes make %d leaves", len(b), len(r.Leaves))
		}
		if again := r.AppendChange(nil, before); !bytes.Equal(again, b) {
			t.Errorf("%x is read and written as %x", b, again)
		}
		_, _ = r.Reader(mls.HistorySecrets{})
	})
}

func FuzzOpenDeposit(f *testing.F) {
	r := story(f)
	m := r.walked[0]
	dora := r.people["dora"]
	kem, place := dora.Roots.Current().KEM(), r.pos.Place(m.Message, dora.id(), 1)
	f.Add(m.sealed[dora.id()])
	f.Add([]byte{depositKind})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := OpenDeposit(kem, place, b); (err == nil) != bytes.Equal(b, m.sealed[dora.id()]) || err != nil && s != nil {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	})
}

func FuzzBegin(f *testing.F) {
	r := story(f)
	f.Add(r.creation)
	f.Fuzz(func(t *testing.T, b []byte) {
		if pos, _, err := Begin(b); err == nil && (pos.ID != pos.State.Facts.ID() || pos.Epoch != 0) {
			t.Error("a beginning that is none")
		}
	})
}

// FuzzWalk walks altered commits and bundles: only the right ones pass.
func FuzzWalk(f *testing.F) {
	r := story(f)
	m := r.make(draft{by: "alice/1"})
	f.Add(m.Message, m.Bundle.Table, m.Bundle.Record, m.Bundle.Signature)
	f.Add(r.walked[0].Message, r.walked[0].Bundle.Table, r.walked[0].Bundle.Record, r.walked[0].Bundle.Signature)
	f.Fuzz(func(t *testing.T, message, table, record, signature []byte) {
		c := *m.LoggedCommit
		c.Message = message
		c.Bundle = &Bundle{Table: table, Record: record, DepositRoot: m.Bundle.DepositRoot, DepositCount: m.Bundle.DepositCount, Signature: signature}
		pos, err := r.walk(&c)
		if err == nil && (!bytes.Equal(message, m.Message) || !bytes.Equal(table, m.Bundle.Table) || pos.Record.Hash() != m.record.Hash()) {
			t.Error("an altered commit is walked")
		}
	})
}

func FuzzEntry(f *testing.F) {
	_, log := testLog(f)
	for _, e := range log {
		f.Add(uint8(e.Kind), e.Body, e.Header, e.BodyHash)
	}
	f.Add(uint8(3), []byte(nil), log[2].Header, make([]byte, 32))
	f.Fuzz(func(t *testing.T, kind uint8, body, header, bodyHash []byte) {
		e := &Entry{Seq: 1, Kind: EntryKind(kind), Body: body, Header: header, BodyHash: bodyHash}
		h, head, err := e.Hashes()
		if err != nil {
			return
		}
		if h.Header != HashPart(head) || !e.Erased() && h.Body != HashPart(body) {
			t.Error("hashes of something else")
		}
		e.Link = Link([32]byte{}, h)
		if err := CheckRun(&LogHead{}, []*Entry{e}, nil); err != nil {
			t.Error(err)
		}
	})
}

// TestAllocationIsPaidFor feeds small inputs that claim to be large.
func TestAllocationIsPaidFor(t *testing.T) {
	huge := []byte{0xbf, 0xff, 0xff, 0xff}
	record := append([]byte{0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, 1, 0, 0, 0)
	for name, f := range map[string]func(){
		"participants": func() { _, _ = ParseParticipants(huge) },
		"facts":        func() { _, _ = ParseFacts(append([]byte{0, 1, 2}, huge...)) },
		"leave":        func() { _, _ = ParseLeave(append(make([]byte, 122), huge...)) },
		"record":       func() { _, _ = ParseRecord(record, nil) },
		"secrets":      func() { _, _ = parseSecrets(huge) },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			f()
		}
		runtime.ReadMemStats(&after)
		if n := (after.TotalAlloc - before.TotalAlloc) / 100; n > 4096 {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
}
