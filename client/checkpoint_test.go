package client

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// exampleCheckpoints is the worked example of spec/private-payloads.md.
func exampleCheckpoints() checkpointList {
	id := convo.ID(bytes.Repeat([]byte{0x0c}, 32))
	return checkpointList{{
		conversation: id, head: convo.LogHead{Seq: 1200, Link: [32]byte(bytes.Repeat([]byte{0x11}, 32))},
		record: [32]byte(bytes.Repeat([]byte{0x22}, 32)), messages: 1150, deleted: deletionSet(id, []uint64{17, 300}),
		excepted: []span{{9, 9}, {40, 44}}, trusted: []account.KeyholderID{account.KeyholderID(bytes.Repeat([]byte{0x33}, 16))},
	}}
}

// TestCheckpointVector holds the example of spec/private-payloads.md.
func TestCheckpointVector(t *testing.T) {
	var v struct{ Deleted, Body string }
	vector(t, "checkpoint.json", &v)
	want := exampleCheckpoints()
	if got := hex.EncodeToString(want.bytes()); got != v.Body {
		t.Errorf("the example is %s", got)
	}
	if got := hex.EncodeToString(want[0].deleted[:]); got != v.Deleted {
		t.Errorf("the deletion set is %s", got)
	}
	body, err := hex.DecodeString(v.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parseCheckpointList(body); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the example reads as %+v, %v", got, err)
	}
}

func TestCheckpointRefuses(t *testing.T) {
	change := func(f func(p *checkpoint)) []byte {
		l := exampleCheckpoints()
		f(&l[0])
		return l.bytes()
	}
	good := exampleCheckpoints().bytes()
	for name, b := range map[string][]byte{
		"of no entry":             change(func(p *checkpoint) { p.head.Seq, p.excepted, p.messages = 0, nil, 0 }),
		"more messages":           change(func(p *checkpoint) { p.messages = 1201 }),
		"exceptions out of order": change(func(p *checkpoint) { p.excepted[1].from = 9 }),
		"an exception backwards":  change(func(p *checkpoint) { p.excepted[1].to = 39 }),
		"an exception above":      change(func(p *checkpoint) { p.excepted[1].to = 1201 }),
		"an exception at 0":       change(func(p *checkpoint) { p.excepted[0].from = 0 }),
		"too many exceptions": change(func(p *checkpoint) {
			p.head.Seq, p.excepted = 1<<20, nil
			for n := range uint64(maxExcepted + 1) {
				p.excepted = append(p.excepted, span{2*n + 1, 2*n + 1})
			}
		}),
		"too many devices": change(func(p *checkpoint) { p.trusted = make([]account.KeyholderID, maxTrusted+1) }),
		"trailing byte":    append(bytes.Clone(good), 0),
		"empty":            {},
	} {
		if _, err := parseCheckpointList(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for n := range good {
		if _, err := parseCheckpointList(good[:n:n]); err == nil {
			t.Errorf("%d of %d bytes accepted", n, len(good))
		}
	}
	held := (&heldCheckpoint{checkpoint: exampleCheckpoints()[0]}).append(nil)
	for name, b := range map[string][]byte{"another version": append([]byte{0, 2}, held[2:]...), "cut": held[:len(held)-1], "longer": append(bytes.Clone(held), 0)} {
		if _, err := parseHeldCheckpoint(b); err == nil {
			t.Errorf("held, %s: accepted", name)
		}
	}
	if got, err := parseHeldCheckpoint(held); err != nil || !bytes.Equal(got.append(nil), held) {
		t.Errorf("held: %v", err)
	}
}

func FuzzParseCheckpointList(f *testing.F) {
	f.Add(exampleCheckpoints().bytes())
	f.Add(checkpointList{}.bytes())
	f.Add([]byte{0x40, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := parseCheckpointList(b); err == nil && !bytes.Equal(l.bytes(), b) {
			t.Error("a list has two encodings")
		}
	})
}

func TestCheckpointCovers(t *testing.T) {
	p := exampleCheckpoints()[0]
	for seq, want := range map[uint64]bool{1: true, 8: true, 9: false, 10: true, 39: true, 40: false, 42: false, 44: false, 45: true, 1200: true, 1201: false} {
		if p.covers(seq) != want {
			t.Errorf("entry %d: %v", seq, !want)
		}
	}
}

// TestSurveyExcepts: a checkpoint says nothing of the signatures of what did not
// open for its writer. A member who knows an epoch's keys can forge a message
// that lacks only the signature; to the writer that was unreadable, and it must
// stay so to who relies on the checkpoint.
func TestSurveyExcepts(t *testing.T) {
	me, id := account.ID{1}, content.MessageID{7}
	var s survey
	for i, x := range []struct {
		r      *record
		marks  []*mark
		commit bool
	}{
		{r: &record{}, commit: true},
		{r: &record{kind: recordMessage, account: me, id: id}},
		{r: &record{kind: recordUnreadable, account: me}},
		{r: &record{}},                   // unreadable, and no message; or a second one with its id
		{r: &record{kind: recordErased}}, // it may come back
		{r: &record{kind: recordMark, id: id}},
		{r: &record{kind: recordEvent}}, // a leave entry
		{r: &record{kind: recordEvent, id: id}},
		{r: &record{}},
		{r: &record{kind: recordMessage, account: me, id: id}, marks: []*mark{{kind: markUnsend, target: 10, id: id, by: me}}},
		{r: &record{kind: recordMessage, account: me, id: id}, marks: []*mark{{kind: markHide, target: 11, id: id}}},
	} {
		x.r.seq = uint64(i + 1)
		s.add(x.r, x.marks, x.commit)
	}
	if want := []span{{3, 5}, {9, 9}}; !reflect.DeepEqual(s.excepted, want) {
		t.Errorf("excepted %v, want %v", s.excepted, want)
	}
	if want := []uint64{5, 10, 11}; !reflect.DeepEqual(s.deleted, want) || s.messages != 1 {
		t.Errorf("deleted %v of which %v were expected; %d messages, want 1", s.deleted, want, s.messages)
	}
}

// TestSample: of each run at least one message's signatures are verified, of many
// about one in 64, and never one that no checkpoint speaks for or that is not open.
func TestSample(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	for _, n := range []int{0, 1, 2, 64, 6400} {
		list := make([]*opened, n, n+2)
		for i := range list {
			list[i] = &opened{vouched: true, app: new(mls.Application)}
		}
		shut, ordinary := &opened{vouched: true}, &opened{app: new(mls.Application)}
		if err := e.sample(append(list, shut, ordinary)); err != nil {
			t.Fatal(err)
		}
		sampled := 0
		for _, o := range list {
			if o.sampled {
				sampled++
			}
		}
		if n > 0 && sampled == 0 || n == 6400 && (sampled < 30 || sampled > 250) || shut.sampled || ordinary.sampled {
			t.Errorf("%d of %d sampled", sampled, n)
		}
	}
}

func TestDeletionSetDependsOnAll(t *testing.T) {
	seen := map[[32]byte]bool{}
	for _, h := range [][32]byte{
		deletionSet(convo.ID{1}, nil), deletionSet(convo.ID{2}, nil), deletionSet(convo.ID{1}, []uint64{1}),
		deletionSet(convo.ID{1}, []uint64{2}), deletionSet(convo.ID{1}, []uint64{1, 2}),
	} {
		if seen[h] {
			t.Error("two sets have one hash")
		}
		seen[h] = true
	}
	if got := deletionSet(convo.ID{1}, []uint64{5}); got != account.HashWithLabel("deletion set", syntax.AppendUint64(append([]byte{1}, make([]byte, 31)...), 5)) {
		t.Error("the deletion set is not what spec/private-payloads.md says")
	}
}

// TestCheckpointExample holds the page to the vector, byte for byte.
func TestCheckpointExample(t *testing.T) {
	page, err := os.ReadFile("../spec/private-payloads.md")
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
	if got := hex.EncodeToString(exampleCheckpoints().bytes()); b.String() != got {
		t.Errorf("the page's example is\n%s, the code's\n%s", b.String(), got)
	}
}

// TestVouchedMessages: a checkpoint stands for the two signatures and for nothing
// else, and for those not where a message is sampled.
func TestVouchedMessages(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	server := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, 32))
	e.self.serverKey = server.Public().(ed25519.PublicKey)
	hub, err := frank.HubKeyFromBytes(bytes.Repeat([]byte{6}, 32))
	if err != nil {
		t.Fatal(err)
	}
	sender, err := e.user(account.ID{1})
	if err != nil {
		t.Fatal(err)
	}
	room, err := e.room(convo.ID{2})
	if err != nil {
		t.Fatal(err)
	}
	right := hub.Frank(frank.Tag{}, frank.Context{Sender: sender, Room: room, AcceptedMs: 7}, 1, server).Append(nil)
	wrong := bytes.Clone(right)
	wrong[len(wrong)-1] ^= 1
	for name, x := range map[string]struct {
		vouched, sampled bool
		frank            []byte
		verify           error
		want             fault.Promise // of the error; none: no error, and unreadable
	}{
		// The record has no such leaf, which is what shows that the rest is checked.
		"ordinary":                          {frank: right, want: fault.PromiseEncrypted},
		"ordinary, no signature":            {frank: right, verify: errors.New("no")},
		"ordinary, wrong frank":             {frank: wrong, want: fault.PromiseReports},
		"vouched":                           {vouched: true, frank: right, want: fault.PromiseEncrypted},
		"vouched, signatures not looked at": {vouched: true, frank: wrong, verify: errors.New("no"), want: fault.PromiseEncrypted},
		"vouched, no frank":                 {vouched: true, want: fault.PromiseReports},
		"sampled":                           {vouched: true, sampled: true, frank: right, want: fault.PromiseEncrypted},
		"sampled, no signature":             {vouched: true, sampled: true, frank: right, verify: errors.New("no"), want: fault.PromiseProved},
		"sampled, wrong frank":              {vouched: true, sampled: true, frank: wrong, want: fault.PromiseReports},
	} {
		o := &opened{
			entry:  &convo.Entry{Sender: convo.Sender{Account: account.ID{1}}, AcceptedMS: 7, Frank: x.frank},
			header: &convo.Header{}, app: new(mls.Application), verify: func() error { return x.verify },
			record: new(convo.Record), sender: sender, suite: 1, vouched: x.vouched, sampled: x.sampled,
		}
		err := e.verifyOpened(o, room)
		var broken *fault.Error
		switch {
		case x.want == "":
			if err != nil || !o.unreadable {
				t.Errorf("%s: %v, unreadable %v", name, err, o.unreadable)
			}
		case !errors.As(err, &broken) || broken.Promise != x.want:
			t.Errorf("%s: %v, want %s", name, err, x.want)
		}
	}
}
