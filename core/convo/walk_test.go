package convo

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

// TestBundle alters what comes with a right commit.
func TestBundle(t *testing.T) {
	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[len(b)/2] ^= 1
		return b
	}
	otherKey := must[mls.SignaturePrivateKey](t)(testSuite.GenerateSignatureKey(newWorld(t).rand))
	for name, c := range map[string]struct {
		want  error
		draft draft
	}{
		"signature altered":         {ErrBadBundle, draft{bundle: func(b *Bundle) { b.Signature = flip(b.Signature) }}},
		"no signature":              {ErrBadBundle, draft{bundle: func(b *Bundle) { b.Signature = nil }}},
		"signed by another leaf":    {ErrBadBundle, draft{signer: &otherKey}},
		"another deposit root":      {ErrBadBundle, draft{bundle: func(b *Bundle) { b.DepositRoot[0] ^= 1 }}},
		"another deposit count":     {ErrBadBundle, draft{bundle: func(b *Bundle) { b.DepositCount++ }}},
		"signed for a conversation": {ErrBadBundle, draft{tbs: func(b *BundleTBS) { b.Conversation[0] ^= 1 }}},
		"signed for a generation":   {ErrBadBundle, draft{tbs: func(b *BundleTBS) { b.Generation++ }}},
		"signed for an epoch":       {ErrBadBundle, draft{tbs: func(b *BundleTBS) { b.Epoch++ }}},
		"signed for a commit":       {ErrBadBundle, draft{tbs: func(b *BundleTBS) { b.Commit[0] ^= 1 }}},
		"signed for a record":       {ErrBadBundle, draft{tbs: func(b *BundleTBS) { b.Record[0] ^= 1 }}},
		"signed for a head table":   {ErrBadBundle, draft{tbs: func(b *BundleTBS) { b.HeadTable[0] ^= 1 }}},
		"external_pub altered":      {ErrBadBundle, draft{bundle: func(b *Bundle) { b.Record = flipPub(t, b.Record) }}},

		"record names another leaf": {ErrBadRecord, draft{record: func(r *Record) { r.Leaves[1] = &Leaf{r.Leaves[1].Account, r.Leaves[1].Device, []byte("mine")} }}},
		"record names a ghost":      {ErrBadRecord, draft{record: func(r *Record) { r.Leaves[3] = r.Leaves[0] }}},
		"record lacks a leaf":       {ErrBadRecord, draft{record: func(r *Record) { r.Leaves[2] = nil }}},
		"record has fewer leaves":   {ErrBadRecord, draft{record: func(r *Record) { r.Leaves = r.Leaves[:3] }}},
		"record of another epoch":   {ErrBadRecord, draft{record: func(r *Record) { r.Epoch++ }}},
		"record of another context": {ErrBadRecord, draft{record: func(r *Record) { r.GroupContext = flip(r.GroupContext) }}},
		"record of a generation":    {ErrBadRecord, draft{record: func(r *Record) { r.Generation++ }}},
		"record cut":                {ErrMalformed, draft{bundle: func(b *Bundle) { b.Record = b.Record[:len(b.Record)-1] }}},

		"log names another account": {ErrWrongSender, draft{sender: "carol/1"}},
		"log names another device":  {ErrWrongSender, draft{sender: "alice/2"}},
		"header of another table":   {ErrBadHeadTable, draft{header: func(h *CommitHeader) { h.HeadTable = [32]byte{} }}},
	} {
		t.Run(name, func(t *testing.T) {
			r := story(t)
			if c.draft.by = "alice/1"; name == "log names another account" {
				c.draft.by = "bob/1"
			}
			r.refused(r.make(c.draft).LoggedCommit, c.want)
		})
	}
}

// flipPub alters the external_pub inside a record's change.
func flipPub(t *testing.T, change []byte) []byte {
	r, err := ParseRecord(change, story(t).pos.Record)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(change, r.ExternalPub)
	out := bytes.Clone(change)
	out[i] ^= 1
	return out
}

// TestNotTheNextCommit drops, repeats, swaps and damages commits.
func TestNotTheNextCommit(t *testing.T) {
	r := story(t)
	first := r.walked[0]
	second := r.make(draft{by: "bob/1"})
	twin := r.make(draft{by: "carol/1"}) // made at the same time
	r.take(second)
	third := r.make(draft{by: "alice/1"})

	begin, public, err := Begin(r.creation)
	r.check(err)
	if _, _, err := begin.Walk(public, second.LoggedCommit, r.chains); !errors.Is(err, mls.ErrWrongEpoch) {
		t.Errorf("the first commit dropped: %v", err)
	}
	for name, c := range map[string]*LoggedCommit{
		"an old one again": first.LoggedCommit, "the last one again": second.LoggedCommit, "one that lost the race": twin.LoggedCommit,
	} {
		if _, err := r.walk(c); !errors.Is(err, ErrBadBundle) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for at := range third.Message {
		if at%7 != 0 && at > 64 {
			continue
		}
		c := *third.LoggedCommit
		c.Message = bytes.Clone(c.Message)
		c.Message[at] ^= 1
		if _, err := r.walk(&c); err == nil {
			t.Fatalf("a commit with byte %d altered is walked", at)
		}
	}
	c := *third.LoggedCommit
	c.Bundle = second.Bundle
	if _, err := r.walk(&c); err == nil {
		t.Error("another commit's bundle is accepted")
	}
	c.Bundle = nil
	r.refused(&c, ErrMalformed)
	r.take(third)
}

// TestPrivateCommit wants a commit that only members could follow refused by
// members too.
func TestPrivateCommit(t *testing.T) {
	r := story(t)
	m := r.make(draft{by: "alice/1", private: true})
	bob := r.members["bob/1"]
	staged := must[*mls.StagedCommit](t)(bob.Process(m.Message, mls.ProcessOptions{}))
	if _, err := r.pos.WalkMember(bob, staged, m.LoggedCommit, r.chains); !errors.Is(err, ErrMalformed) {
		t.Errorf("a member: %v", err)
	}
	r.refused(m.LoggedCommit, ErrBadBundle)
}

// TestMemberHoldsExternalPub lets a committer lie about what only members can
// compute.
func TestMemberHoldsExternalPub(t *testing.T) {
	r := story(t)
	m := r.make(draft{by: "alice/1", record: func(r *Record) { r.ExternalPub[0] ^= 1 }})
	bob := r.members["bob/1"]
	staged := must[*mls.StagedCommit](t)(bob.Process(m.Message, mls.ProcessOptions{}))
	if _, err := r.pos.WalkMember(bob, staged, m.LoggedCommit, r.chains); !errors.Is(err, ErrBadRecord) {
		t.Error(err)
	}
}

// TestChainsFail passes on what a lookup says.
func TestChainsFail(t *testing.T) {
	r := story(t)
	r.addDevice("bob", "2")
	m := r.make(draft{by: "alice/1"})
	lost := errors.New("no network")
	_, _, err := r.pos.Walk(r.public, m.LoggedCommit, func(account.ID, account.Head) (*account.Chain, error) { return nil, lost })
	if !errors.Is(err, lost) {
		t.Error(err)
	}
}

// TestReadFromVault reads every epoch of a conversation with nothing but an
// account's roots.
func TestReadFromVault(t *testing.T) {
	r := story(t)
	type sent struct {
		epoch uint64
		by    string
		msg   []byte
	}
	var log []sent
	say := func(by string) {
		log = append(log, sent{r.pos.Epoch, by, must[[]byte](t)(r.members[by].Seal(r.rand, mls.SealOptions{}, []byte("from "+by)))})
	}
	say("alice/1")
	say("carol/1")
	r.removeDeviceOf("dora") // a new vault epoch, named by the next commit
	r.take(r.make(draft{by: "alice/2", external: true}))
	say("alice/2")
	r.take(r.make(draft{by: "bob/1", after: r.list("alice:3 bob:2 dora:1"), remove: []string{"carol/1"}}))
	say("bob/1")

	dora := r.people["dora"]
	pos, public, err := Begin(r.creation)
	r.check(err)
	for _, m := range r.walked {
		pos, public, err = pos.Walk(public, m.LoggedCommit, r.chains)
		r.check(err)
		given := m.given(dora.id())
		r.check(pos.Deposited(m.Bundle, dora.id(), given))
		place := pos.Place(m.Message, dora.id(), given.VaultEpoch)
		secrets, err := pos.Open(dora.Roots.At(given.VaultEpoch).KEM(), place, given.Sealed)
		r.check(err)
		reader, err := pos.Record.Reader(secrets.History())
		r.check(err)
		for _, s := range log {
			app, err := reader.Open(s.msg)
			if s.epoch != pos.Epoch {
				if !errors.Is(err, mls.ErrWrongEpoch) {
					t.Errorf("a message of epoch %d in %d: %v", s.epoch, pos.Epoch, err)
				}
				continue
			}
			r.check(err)
			d := r.devices[s.by]
			if err := pos.Record.CheckSender(app.Sender, Sender{d.of.id(), d.secret.ID()}); err != nil || string(app.Data) != "from "+s.by {
				t.Errorf("message by %s: %v", s.by, err)
			}
			for _, other := range []Sender{{dora.id(), d.secret.ID()}, {d.of.id(), r.devices["dora/1"].secret.ID()}} {
				if err := pos.Record.CheckSender(app.Sender, other); !errors.Is(err, ErrWrongSender) {
					t.Errorf("message of %s under another's name: %v", s.by, err)
				}
			}
			if err := pos.Record.CheckSender(99, Sender{}); !errors.Is(err, ErrWrongSender) {
				t.Errorf("leaf beyond the tree: %v", err)
			}
		}
	}
	if pos.Table[slices.IndexFunc(pos.Table, func(e account.HeadEntry) bool { return e.Account == dora.id() })].VaultEpoch != 2 {
		t.Error("the vault epoch did not change on the way")
	}
}
