package convo

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

// testLog is a log as the server keeps it: creation, first commit, two messages,
// a leave entry and a commit.
func testLog(t testing.TB) (*room, []*Entry) {
	t.Helper()
	r := story(t)
	var log []*Entry
	post := func(kind EntryKind, by string, body, frank []byte) {
		d := r.devices[by]
		e := &Entry{
			Seq: uint64(len(log) + 1), Kind: kind, Sender: Sender{d.of.id(), d.secret.ID()},
			AcceptedMS: 1772366400000 + 1000*uint64(len(log)), Body: body, Frank: frank,
		}
		h, header, err := e.Hashes()
		r.check(err)
		var before LogHead
		if n := len(log); n > 0 {
			before = LogHead{log[n-1].Seq, log[n-1].Link}
		}
		e.Header, e.Link = header, Link(before.Link, h)
		log = append(log, e)
	}
	say := func(by string) {
		d := r.devices[by]
		head := log[len(log)-1]
		h := &Header{Purpose: PurposeMessage, Log: LogHead{head.Seq, head.Link}, Chain: d.of.Chain.Head(), Idempotency: [16]byte{byte(len(log))}, FrankingTag: [32]byte{0xf}}
		post(EntryMessage, by, must[[]byte](t)(r.members[by].Seal(r.rand, mls.SealOptions{AAD: h.Append(nil)}, []byte("hello"))), []byte("frank"))
	}
	post(EntryCreate, "alice/1", r.creation, nil)
	post(EntryCommit, "alice/1", r.walked[0].Message, nil)
	say("alice/1")
	say("bob/1")
	post(EntryLeave, "carol/1", r.leave("carol/1", LogHead{4, log[3].Link}).Append(nil), nil)
	r.take(r.make(draft{by: "bob/1", after: r.list("alice:3 bob:2 dora:1"), remove: []string{"carol/1"}}))
	post(EntryCommit, "bob/1", r.walked[1].Message, nil)
	return r, log
}

func (r *room) leave(by string, head LogHead) *Leave {
	d := r.devices[by]
	l := &Leave{Conversation: r.pos.ID, Account: d.of.id(), Device: d.secret.ID(), Log: head}
	l.Sign(d.secret)
	return l
}

func copyLog(log []*Entry) []*Entry {
	out := make([]*Entry, len(log))
	for i, e := range log {
		c := *e
		c.Body, c.Header, c.Frank = bytes.Clone(e.Body), bytes.Clone(e.Header), bytes.Clone(e.Frank)
		out[i] = &c
	}
	return out
}

// TestRun checks a log from its beginning, page by page backwards, and with an
// erased body.
func TestRun(t *testing.T) {
	_, log := testLog(t)
	if err := CheckRun(&LogHead{}, log, nil); err != nil {
		t.Fatal(err)
	}
	if err := CheckRun(nil, log[3:], nil); err != nil {
		t.Errorf("a last page: %v", err)
	}
	for i := 1; i < len(log); i++ {
		if err := CheckRun(&LogHead{log[i-1].Seq, log[i-1].Link}, log[i:], nil); err != nil {
			t.Errorf("from entry %d: %v", i+1, err)
		}
	}
	if err := CheckRun(nil, nil, nil); err != nil {
		t.Error(err)
	}
	e := log[2]
	hash := HashPart(e.Body)
	e.Body, e.BodyHash = nil, hash[:]
	if err := CheckRun(&LogHead{}, log, nil); err != nil || !e.Erased() {
		t.Errorf("with an erased body: %v", err)
	}
	backwards := func(n int, f func(int)) {
		for i := n - 1; i >= 0; i-- {
			f(i)
		}
	}
	if err := CheckRun(&LogHead{}, log, backwards); err != nil {
		t.Error(err)
	}
}

// TestRunRefused alters each field of an entry, and the order.
func TestRunRefused(t *testing.T) {
	_, log := testLog(t)
	erase := func(e *Entry) {
		h := HashPart(e.Body)
		e.Body, e.BodyHash = nil, h[:]
	}
	for name, c := range map[string]struct {
		want   error
		change func(l []*Entry) []*Entry
	}{
		"seq":        {ErrBadLink, func(l []*Entry) []*Entry { l[2].Seq++; return l }},
		"account":    {ErrBadLink, func(l []*Entry) []*Entry { l[2].Sender.Account[0] ^= 1; return l }},
		"device":     {ErrBadLink, func(l []*Entry) []*Entry { l[2].Sender.Device[0] ^= 1; return l }},
		"time":       {ErrBadLink, func(l []*Entry) []*Entry { l[2].AcceptedMS++; return l }},
		"body":       {ErrBadLink, func(l []*Entry) []*Entry { l[2].Body[len(l[2].Body)-1] ^= 1; return l }},
		"frank":      {ErrBadLink, func(l []*Entry) []*Entry { l[2].Frank[0] ^= 1; return l }},
		"no frank":   {ErrBadLink, func(l []*Entry) []*Entry { l[2].Frank = nil; return l }},
		"link":       {ErrBadLink, func(l []*Entry) []*Entry { l[2].Link[0] ^= 1; return l }},
		"last link":  {ErrBadLink, func(l []*Entry) []*Entry { l[5].Link[0] ^= 1; return l }},
		"kind":       {ErrBadLink, func(l []*Entry) []*Entry { l[1].Kind = EntryMessage; return l }},
		"dropped":    {ErrBadLink, func(l []*Entry) []*Entry { return slices.Delete(l, 2, 3) }},
		"repeated":   {ErrBadLink, func(l []*Entry) []*Entry { return slices.Insert(l, 2, l[2]) }},
		"swapped":    {ErrBadLink, func(l []*Entry) []*Entry { l[2], l[3] = l[3], l[2]; return l }},
		"renumbered": {ErrBadLink, func(l []*Entry) []*Entry { l[2], l[3] = l[3], l[2]; l[2].Seq, l[3].Seq = 3, 4; return l }},
		"no start":   {ErrBadLink, func(l []*Entry) []*Entry { return l[1:] }},

		"erased: another hash":        {ErrBadLink, func(l []*Entry) []*Entry { erase(l[2]); l[2].BodyHash[0] ^= 1; return l }},
		"erased: another header":      {ErrBadLink, func(l []*Entry) []*Entry { erase(l[2]); l[2].Header[9] ^= 1; return l }},
		"erased: no header":           {ErrBadLink, func(l []*Entry) []*Entry { erase(l[2]); l[2].Header = nil; return l }},
		"erased: no hash":             {ErrMalformed, func(l []*Entry) []*Entry { l[2].Body, l[2].BodyHash = nil, nil; return l }},
		"erased: a hash too short":    {ErrMalformed, func(l []*Entry) []*Entry { erase(l[2]); l[2].BodyHash = l[2].BodyHash[1:]; return l }},
		"erased commit":               {ErrMalformed, func(l []*Entry) []*Entry { erase(l[1]); return l }},
		"erased creation":             {ErrMalformed, func(l []*Entry) []*Entry { erase(l[0]); return l }},
		"erased leave":                {ErrMalformed, func(l []*Entry) []*Entry { erase(l[4]); return l }},
		"message that is none":        {ErrMalformed, func(l []*Entry) []*Entry { l[2].Body = []byte("hello"); return l }},
		"header of an unerased entry": {nil, func(l []*Entry) []*Entry { l[2].Header = []byte("ignored"); return l }},
	} {
		if err := CheckRun(&LogHead{}, c.change(copyLog(log)), nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestHeads signs a head and verifies it for everything else.
func TestHeads(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	pub := key.Public().(ed25519.PublicKey)
	id, h := ID{1}, LogHead{3, [32]byte{3}}
	sig := SignHead(key, id, h)
	if err := VerifyHead(pub, id, h, sig); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another conversation": VerifyHead(pub, ID{2}, h, sig),
		"another seq":          VerifyHead(pub, id, LogHead{4, h.Link}, sig),
		"another link":         VerifyHead(pub, id, LogHead{3, [32]byte{4}}, sig),
		"signature cut":        VerifyHead(pub, id, h, sig[:63]),
		"no signature":         VerifyHead(pub, id, h, nil),
		"another key":          VerifyHead(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey), id, h, sig),
		"no key":               VerifyHead(nil, id, h, sig),
	} {
		if !errors.Is(err, ErrBadHead) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLeave verifies a leave entry with every field altered.
func TestLeave(t *testing.T) {
	r, _ := testLog(t)
	l := r.leave("bob/1", LogHead{1, [32]byte{1}})
	bob := r.devices["bob/1"].secret.SignatureKey()
	parsed, err := ParseLeave(l.Append(nil))
	r.check(err)
	r.check(parsed.Verify(bob))
	for name, change := range map[string]func(l *Leave){
		"conversation": func(l *Leave) { l.Conversation[0] ^= 1 }, "account": func(l *Leave) { l.Account[0] ^= 1 },
		"device": func(l *Leave) { l.Device[0] ^= 1 }, "seq": func(l *Leave) { l.Log.Seq++ }, "link": func(l *Leave) { l.Log.Link[0] ^= 1 },
		"signature": func(l *Leave) { l.Signature = bytes.Repeat([]byte{1}, 64) }, "no signature": func(l *Leave) { l.Signature = nil },
	} {
		c := *l
		change(&c)
		if err := c.Verify(bob); !errors.Is(err, account.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := l.Verify(r.devices["carol/1"].secret.SignatureKey()); !errors.Is(err, account.ErrSignature) {
		t.Errorf("by another: %v", err)
	}
}

// TestCheckChain holds the head that a message names against the sender's chain.
func TestCheckChain(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	first := alice.Chain.Head()
	two := w.addDevice("alice", "2").secret.ID()
	added := alice.Chain.Head()
	w.removeDevice("alice/2", "alice/1")
	for name, c := range map[string]struct {
		head   account.Head
		device account.KeyholderID
		want   error
	}{
		"while it was one":   {added, two, nil},
		"before":             {first, two, ErrNotADevice},
		"after":              {alice.Chain.Head(), two, ErrNotADevice},
		"stranger":           {added, account.KeyholderID{1}, ErrNotADevice},
		"head not there":     {account.Head{Seq: 9}, two, account.ErrFork},
		"another hash":       {account.Head{Seq: added.Seq, Hash: account.Hash{1}}, two, account.ErrFork},
		"no head":            {account.Head{}, two, account.ErrFork},
		"the one that stays": {alice.Chain.Head(), w.devices["alice/1"].secret.ID(), nil},
	} {
		if err := (&Header{Chain: c.head}).CheckChain(alice.Chain, c.device); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
