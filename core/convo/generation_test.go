package convo

import (
	"bytes"
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

// reopening says what generation to open. What is not set is right.
type reopening struct {
	by      string
	suite   mls.CipherSuite // 0: as before
	state   *State          // nil: as before
	groupID []byte
	opening *Opening
	more    mls.Extensions // in place of the opening's
	sender  string
}

// reopen makes the entry that opens the next generation, and the opener's group.
func (r *room) reopen(o reopening) (*Entry, *mls.Group) {
	r.t.Helper()
	s, state, opening := r.pos.Context.CipherSuite, r.pos.NextState(), r.pos.Opening(ReasonCommit, LogHead{Seq: r.seq})
	if o.suite != 0 {
		s = o.suite
	}
	if o.state != nil {
		state = o.state
	}
	if o.opening != nil {
		opening = o.opening
	}
	id := o.groupID
	if id == nil {
		id = MLSGroupID(state.Facts.ID(), state.Facts.Generation)
	}
	d := r.devices[o.by]
	key := must[mls.SignaturePrivateKey](r.t)(s.GenerateSignatureKey(r.rand))
	g := must[*mls.Group](r.t)(mls.NewGroup(r.rand, mls.GroupParams{
		Suite: s, GroupID: id, Extensions: state.Extensions(), KeepHistory: true,
		Leaf: mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(d.secret.CertifyLeaf(d.of.id(), key.Public()).Marshal())},
	}))
	e := opening.Extensions()
	if o.more != nil {
		e = o.more
	}
	body := must[[]byte](r.t)(g.GroupInfo(r.rand, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: e}))
	if o.sender != "" {
		d = r.devices[o.sender]
	}
	return &Entry{Seq: r.seq + 1, Kind: EntryGeneration, Sender: Sender{d.of.id(), d.secret.ID()}, Body: body}, g
}

// enter lets everyone follow into the next generation.
func (r *room) enter(e *Entry, g *mls.Group, by string) {
	r.t.Helper()
	pos, public, _, err := r.pos.Reopen(e)
	r.check(err)
	r.pos, r.public, r.seq = pos, public, e.Seq
	r.members = map[string]*mls.Group{by: g}
	r.info = must[[]byte](r.t)(g.GroupInfo(r.rand, mls.GroupInfoOptions{ExternalPub: true}))
}

// TestReopen goes on in the next generation: the same participants and facts, the
// head table still counts, deposits open.
func TestReopen(t *testing.T) {
	r := story(t)
	before := r.pos
	e, g := r.reopen(reopening{by: "carol/1"})
	r.enter(e, g, "carol/1")
	if r.pos.Generation != 1 || r.pos.Epoch != 0 || r.pos.ID != before.ID || len(r.pos.Table) != len(before.Table) {
		t.Fatalf("at %d of generation %d", r.pos.Epoch, r.pos.Generation)
	}
	older := append(account.HeadTable(nil), before.Table...)
	older[0].Head.Hash[0] ^= 1
	r.refused(r.make(draft{by: "carol/1", table: older}).LoggedCommit, ErrOlderHead)
	r.refused(r.make(draft{by: "bob/1", external: true}).LoggedCommit, ErrNotEntitled)
	r.refused(r.make(draft{by: "carol/1", after: r.list("alice:3 bob:2 carol:3 dora:1")}).LoggedCommit, ErrNotEntitled)
	r.refused(r.make(draft{by: "carol/1", add: []string{"eve/1"}}).LoggedCommit, ErrNotADevice)

	m := r.make(draft{by: "carol/1", add: []string{"alice/1", "bob/1"}})
	r.take(m)
	r.take(r.make(draft{by: "alice/2", external: true}))
	r.take(r.make(draft{by: "bob/1"}))
	dora := r.people["dora"]
	place := &DepositPlace{Conversation: before.ID, Generation: 1, Epoch: 1, Commit: HashPart(m.Message), Account: dora.id(), VaultEpoch: 1}
	if _, err := OpenDeposit(dora.Roots.Current().KEM(), place, m.given(dora.id()).Sealed); err != nil {
		t.Error(err)
	}
	place.Generation = 0
	if _, err := OpenDeposit(dora.Roots.Current().KEM(), place, m.given(dora.id()).Sealed); !errors.Is(err, ErrBadDeposit) {
		t.Error("a deposit opens in another generation")
	}
}

// TestReopenedByAFalseLeaf: the opener's leaf is judged with the first commit.
func TestReopenedByAFalseLeaf(t *testing.T) {
	r := story(t)
	r.removeDevice("alice/1", "alice/2")
	e, g := r.reopen(reopening{by: "alice/1"})
	r.enter(e, g, "alice/1")
	r.refused(r.make(draft{by: "alice/1"}).LoggedCommit, ErrNotADevice)
}

// TestReopenRefused tries to begin a generation that does not follow: as a
// stranger, as a member, with another's group, again.
func TestReopenRefused(t *testing.T) {
	const hybrid = mls.MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519
	for name, c := range map[string]struct {
		want error
		make func(r *room) reopening
	}{
		"by a stranger": {ErrNotEntitled, func(r *room) reopening { return reopening{by: "eve/1"} }},
		"under another's name": {ErrWrongSender, func(r *room) reopening {
			return reopening{by: "carol/1", sender: "bob/1"}
		}},
		"with one participant more": {ErrBadList, func(r *room) reopening {
			s := r.pos.NextState()
			s.Participants = r.list("alice:3 bob:2 carol:1 dora:1 eve:1")
			return reopening{by: "carol/1", state: s}
		}},
		"with another role": {ErrBadList, func(r *room) reopening {
			s := r.pos.NextState()
			s.Participants = r.list("alice:3 bob:2 carol:3 dora:1")
			return reopening{by: "carol/1", state: s}
		}},
		"of another conversation": {ErrChangedFacts, func(r *room) reopening {
			s := r.pos.NextState()
			s.Facts.Nonce[0] ^= 1
			return reopening{by: "carol/1", state: s}
		}},
		"under another group id": {ErrWrongID, func(r *room) reopening {
			return reopening{by: "carol/1", groupID: MLSGroupID(r.pos.ID, 2)}
		}},
		"two generations on": {ErrChangedFacts, func(r *room) reopening {
			s := r.pos.NextState()
			s.Facts.Generation++
			return reopening{by: "carol/1", state: s}
		}},
		"the same generation": {ErrChangedFacts, func(r *room) reopening {
			s := r.pos.NextState()
			s.Facts.Generation--
			return reopening{by: "carol/1", state: s}
		}},
		"from an older epoch": {ErrWrongOpening, func(r *room) reopening {
			o := r.pos.Opening(ReasonCommit, LogHead{})
			o.Epoch--
			return reopening{by: "carol/1", opening: o}
		}},
		"from another record": {ErrWrongOpening, func(r *room) reopening {
			o := r.pos.Opening(ReasonDeposit, LogHead{})
			o.Record[0] ^= 1
			return reopening{by: "carol/1", opening: o}
		}},
		"naming a head to come": {ErrWrongOpening, func(r *room) reopening {
			return reopening{by: "carol/1", opening: r.pos.Opening(ReasonCommit, LogHead{Seq: r.seq + 1})}
		}},
		"without a reason":    {ErrMalformed, func(r *room) reopening { return reopening{by: "carol/1", opening: r.pos.Opening(0, LogHead{})} }},
		"with an unknown one": {ErrMalformed, func(r *room) reopening { return reopening{by: "carol/1", opening: r.pos.Opening(4, LogHead{})} }},
		"without saying so":   {ErrMalformed, func(r *room) reopening { return reopening{by: "carol/1", more: r.pos.State.CreationExtensions()} }},
		"suite for no reason": {ErrWrongOpening, func(r *room) reopening { return reopening{by: "carol/1", suite: hybrid} }},
		"reason without suite": {ErrWrongOpening, func(r *room) reopening {
			return reopening{by: "carol/1", opening: r.pos.Opening(ReasonSuite, LogHead{})}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := story(t)
			e, _ := r.reopen(c.make(r))
			if _, _, _, err := r.pos.Reopen(e); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// TestReopenSuite moves a group to the hybrid suite, and not back.
func TestReopenSuite(t *testing.T) {
	const hybrid = mls.MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519
	r := story(t)
	e, g := r.reopen(reopening{by: "bob/1", suite: hybrid, opening: r.pos.Opening(ReasonSuite, LogHead{Seq: r.seq})})
	r.enter(e, g, "bob/1")
	r.take(r.make(draft{by: "bob/1"}))
	if r.pos.Context.CipherSuite != hybrid || !PostQuantum(r.pos.Context.CipherSuite) {
		t.Error("not the hybrid suite")
	}
	e, _ = r.reopen(reopening{by: "bob/1", suite: testSuite, opening: r.pos.Opening(ReasonSuite, LogHead{Seq: r.seq})})
	if _, _, _, err := r.pos.Reopen(e); !errors.Is(err, ErrWrongOpening) {
		t.Errorf("back to a suite that a quantum computer opens: %v", err)
	}
}

// TestReopenOnce wants an opening refused in any place but its own.
func TestReopenOnce(t *testing.T) {
	r := story(t)
	e, g := r.reopen(reopening{by: "carol/1"})
	twin, _ := r.reopen(reopening{by: "bob/1"})
	late := r.make(draft{by: "alice/1"})
	old := r.pos
	r.take(late)
	if _, _, _, err := r.pos.Reopen(e); !errors.Is(err, ErrWrongOpening) {
		t.Errorf("after another commit: %v", err)
	}
	r.pos = old
	r.enter(e, g, "carol/1")
	for name, x := range map[string]*Entry{"again": e, "the one that lost the race": twin} {
		if _, _, _, err := r.pos.Reopen(x); !errors.Is(err, ErrWrongOpening) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.walk(late.LoggedCommit); !errors.Is(err, ErrBadBundle) {
		t.Errorf("a commit of the generation before: %v", err)
	}
	if _, _, err := Begin(e.Body); !errors.Is(err, ErrMalformed) {
		t.Errorf("as a creation: %v", err)
	}
	if _, _, _, err := r.pos.Reopen(&Entry{Seq: r.seq + 1, Sender: e.Sender, Body: r.creation}); !errors.Is(err, ErrMalformed) {
		t.Errorf("a creation as an opening: %v", err)
	}
}

func TestOpeningFormat(t *testing.T) {
	o := &Opening{Reason: ReasonDeposit, Generation: 1, Epoch: 7, Record: [32]byte{8}, Log: LogHead{9, [32]byte{10}}}
	b := o.Append(nil)
	got, err := ParseOpening(b)
	if err != nil || *got != *o || !bytes.Equal(got.Append(nil), b) {
		t.Fatal(got, err)
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "cut": b[:len(b)-1], "long": append(bytes.Clone(b), 0),
		"version": append([]byte{0, 2}, b[2:]...), "reason 0": append([]byte{0, 1, 0}, b[3:]...), "reason 4": append([]byte{0, 1, 4}, b[3:]...),
	} {
		if _, err := ParseOpening(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReopen(f *testing.F) {
	r := story(f)
	e, _ := r.reopen(reopening{by: "carol/1"})
	f.Add(e.Body)
	f.Fuzz(func(t *testing.T, b []byte) {
		x := *e
		x.Body = b
		if pos, _, o, err := r.pos.Reopen(&x); err == nil && (pos.Generation != 1 || pos.Epoch != 0 || o.Record != r.pos.Record.Hash()) {
			t.Error("a generation that does not follow")
		}
	})
}
