package payload

import (
	"bytes"
	"encoding/hex"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// exampleCheckpoints is the worked example of spec/private-payloads.md.
func exampleCheckpoints() CheckpointList {
	id := convo.ID(bytes.Repeat([]byte{0x0c}, 32))
	return CheckpointList{{
		Conversation: id, Head: convo.LogHead{Seq: 1200, Link: [32]byte(bytes.Repeat([]byte{0x11}, 32))},
		Record: [32]byte(bytes.Repeat([]byte{0x22}, 32)), Messages: 1150, Deleted: DeletionSet(id, []uint64{17, 300}),
		Excepted: []Span{{9, 9}, {40, 44}}, Trusted: []account.KeyholderID{account.KeyholderID(bytes.Repeat([]byte{0x33}, 16))},
	}}
}

// TestCheckpointVector holds the example of spec/private-payloads.md.
func TestCheckpointVector(t *testing.T) {
	var v struct{ Deleted, Body string }
	vector(t, "checkpoint.json", &v)
	want := exampleCheckpoints()
	if got := hex.EncodeToString(want.Bytes()); got != v.Body {
		t.Errorf("the example is %s", got)
	}
	if got := hex.EncodeToString(want[0].Deleted[:]); got != v.Deleted {
		t.Errorf("the deletion set is %s", got)
	}
	body, err := hex.DecodeString(v.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseCheckpointList(body); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the example reads as %+v, %v", got, err)
	}
}

func TestCheckpointRefuses(t *testing.T) {
	change := func(f func(p *Checkpoint)) []byte {
		l := exampleCheckpoints()
		f(&l[0])
		return l.Bytes()
	}
	good := exampleCheckpoints().Bytes()
	for name, b := range map[string][]byte{
		"of no entry":             change(func(p *Checkpoint) { p.Head.Seq, p.Excepted, p.Messages = 0, nil, 0 }),
		"more messages":           change(func(p *Checkpoint) { p.Messages = 1201 }),
		"exceptions out of order": change(func(p *Checkpoint) { p.Excepted[1].From = 9 }),
		"an exception backwards":  change(func(p *Checkpoint) { p.Excepted[1].To = 39 }),
		"an exception above":      change(func(p *Checkpoint) { p.Excepted[1].To = 1201 }),
		"an exception at 0":       change(func(p *Checkpoint) { p.Excepted[0].From = 0 }),
		"too many exceptions": change(func(p *Checkpoint) {
			p.Head.Seq, p.Excepted = 1<<20, nil
			for n := range uint64(MaxExcepted + 1) {
				p.Excepted = append(p.Excepted, Span{2*n + 1, 2*n + 1})
			}
		}),
		"too many devices": change(func(p *Checkpoint) { p.Trusted = make([]account.KeyholderID, MaxTrusted+1) }),
		"trailing byte":    append(bytes.Clone(good), 0),
		"empty":            {},
	} {
		if _, err := ParseCheckpointList(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for n := range good {
		if _, err := ParseCheckpointList(good[:n:n]); err == nil {
			t.Errorf("%d of %d bytes accepted", n, len(good))
		}
	}
}

func FuzzParseCheckpointList(f *testing.F) {
	f.Add(exampleCheckpoints().Bytes())
	f.Add(CheckpointList{}.Bytes())
	f.Add([]byte{0x40, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := ParseCheckpointList(b); err == nil && !bytes.Equal(l.Bytes(), b) {
			t.Error("a list has two encodings")
		}
	})
}

func TestCheckpointCovers(t *testing.T) {
	p := exampleCheckpoints()[0]
	for seq, want := range map[uint64]bool{1: true, 8: true, 9: false, 10: true, 39: true, 40: false, 42: false, 44: false, 45: true, 1200: true, 1201: false} {
		if p.Covers(seq) != want {
			t.Errorf("entry %d: %v", seq, !want)
		}
	}
}

func TestDeletionSetDependsOnAll(t *testing.T) {
	seen := map[[32]byte]bool{}
	for _, h := range [][32]byte{
		DeletionSet(convo.ID{1}, nil), DeletionSet(convo.ID{2}, nil), DeletionSet(convo.ID{1}, []uint64{1}),
		DeletionSet(convo.ID{1}, []uint64{2}), DeletionSet(convo.ID{1}, []uint64{1, 2}),
	} {
		if seen[h] {
			t.Error("two sets have one hash")
		}
		seen[h] = true
	}
	if got := DeletionSet(convo.ID{1}, []uint64{5}); got != account.HashWithLabel("deletion set", syntax.AppendUint64(append([]byte{1}, make([]byte, 31)...), 5)) {
		t.Error("the deletion set is not what spec/private-payloads.md says")
	}
}

// TestCheckpointExample holds the page to the vector, byte for byte.
func TestCheckpointExample(t *testing.T) {
	page, err := os.ReadFile("../../spec/private-payloads.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "## Worked example: a checkpoint")
	if !ok {
		t.Fatal("the page has no example")
	}
	var b strings.Builder
	for _, line := range strings.Split(strings.Split(rest, "```")[1], "\n") {
		hexes, _, _ := strings.Cut(line, "  ")
		b.WriteString(strings.ReplaceAll(hexes, " ", ""))
	}
	if got := hex.EncodeToString(exampleCheckpoints().Bytes()); b.String() != got {
		t.Errorf("the page's example is\n%s, the code's\n%s", b.String(), got)
	}
}
