package client

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"reflect"
	"testing"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/mls"
)

// TestHeldCheckpoint: a row is read as it was written, and nothing else is one.
func TestHeldCheckpoint(t *testing.T) {
	held := (&heldCheckpoint{Checkpoint: payload.Checkpoint{
		Conversation: convo.ID{1}, Head: convo.LogHead{Seq: 9}, Excepted: []payload.Span{{From: 2, To: 3}}, Trusted: []account.KeyholderID{{4}},
	}}).append(nil)
	for name, b := range map[string][]byte{"another version": append([]byte{0, 2}, held[2:]...), "cut": held[:len(held)-1], "longer": append(bytes.Clone(held), 0)} {
		if _, err := parseHeldCheckpoint(b); err == nil {
			t.Errorf("held, %s: accepted", name)
		}
	}
	if got, err := parseHeldCheckpoint(held); err != nil || !bytes.Equal(got.append(nil), held) {
		t.Errorf("held: %v", err)
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
	if want := []payload.Span{{From: 3, To: 5}, {From: 9, To: 9}}; !reflect.DeepEqual(s.excepted, want) {
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
