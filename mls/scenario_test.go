package mls

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestLifeOfAGroup(t *testing.T) {
	for _, suite := range SupportedSuites() {
		t.Run(suite.String(), func(t *testing.T) {
			w := newWorld(t, suite, nil)
			w.commit("a0", CommitOptions{}, w.bundle("b"))
			w.chat()
			w.commit("b", CommitOptions{AuthenticatedData: []byte("hello")}, w.bundle("c"), w.bundle("d"))
			w.chat()
			w.commit("c", CommitOptions{Remove: []LeafIndex{w.members["b"].OwnLeaf()}})
			if len(w.members) != 3 {
				t.Fatalf("%d members", len(w.members))
			}
			w.commit("d", CommitOptions{WireFormat: WirePrivateMessage})
			w.external("e", ExternalOptions{AuthenticatedData: []byte("external")})
			w.chat()
			old := w.members["e"].OwnLeaf()
			staged := w.external("e2", ExternalOptions{Remove: &old})
			if len(staged.Removed) != 1 || staged.Committer != old {
				t.Errorf("resync: removed %d, committer %d, want leaf %d again", len(staged.Removed), staged.Committer, old)
			}
			w.chat()
		})
	}
}

// TestRandomOperations commits at random and holds all views against each other.
func TestRandomOperations(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			w := newWorld(t, suite1, nil)
			r := rand.New(rand.NewPCG(seed, 1))
			pick := func() string {
				list := make([]string, 0)
				for _, leaf := range w.public.Members() {
					list = append(list, string(leaf.Credential.Identity))
				}
				return list[r.IntN(len(list))]
			}
			fresh := func() string { w.names++; return fmt.Sprint("n", w.names) }
			for range 30 {
				by := pick()
				var o CommitOptions
				var join []*KeyPackageBundle
				var queued []*QueuedProposal
				touched := map[string]bool{by: true}
				for range r.IntN(3) {
					if other := pick(); !touched[other] {
						touched[other] = true
						if r.IntN(2) == 0 {
							o.Remove = append(o.Remove, w.members[other].OwnLeaf())
						} else {
							q := w.update(other)
							queued = append(queued, q)
						}
					}
				}
				if len(w.members) < 12 {
					for range r.IntN(4) {
						join = append(join, w.bundle(fresh()))
					}
				}
				switch r.IntN(6) {
				case 0:
					o.ForcePath = true
				case 1:
					p := w.leaf(by)
					o.Leaf = &p
				case 2:
					o.Extensions = Extensions{}.WithAppData(AppDataDictionary{{0x8001, []byte(fresh())}})
				case 3:
					w.psks["k"] = Secret("secret " + fresh())
					o.PSKs = []PSK{ExternalPSK([]byte("k"), w.psks["k"])}
				case 4:
					if len(queued) == 0 && len(o.Remove) == 0 {
						x := ExternalOptions{}
						if r.IntN(2) == 0 {
							l := w.members[pick()].OwnLeaf()
							x.Remove = &l
						}
						w.external(fresh(), x)
						continue
					}
				}
				o.Queued = queued
				w.commit(by, o, join...)
				if r.IntN(4) == 0 {
					w.chat()
				}
			}
		})
	}
}

// update proposes an update of a member; the queued proposal of the member
// itself, with its private key, serves everybody here.
func (w *world) update(name string) *QueuedProposal {
	w.Helper()
	g := w.members[name]
	msg, own, err := g.ProposeUpdate(w.rand, LeafParams{}, ProposeOptions{})
	noErr(w, err)
	for other, h := range w.members {
		q, err := h.ProcessProposal(msg)
		if other != name {
			noErr(w, err)
			equal0(w, "proposal reference", q.Ref(), own.Ref())
		}
	}
	q, err := w.public.ProcessProposal(msg)
	noErr(w, err)
	equal0(w, "proposal reference", q.Ref(), own.Ref())
	return own
}

func TestExternalCommitOfTheOnlyLeaf(t *testing.T) {
	for _, suite := range []CipherSuite{suite1, MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519} {
		w := newWorld(t, suite, nil)
		lost := LeafIndex(0)
		w.psks["join"] = Secret("the epoch's join key")
		staged := w.external("new", ExternalOptions{Remove: &lost, PSKs: []PSK{ExternalPSK([]byte("join"), w.psks["join"])}})
		if staged.Committer != 0 || len(w.members) != 1 || len(staged.PSKs) != 1 {
			t.Errorf("committer %d, %d members, %d PSKs", staged.Committer, len(w.members), len(staged.PSKs))
		}
		w.commit("new", CommitOptions{}, w.bundle("b"))
		w.chat()
	}
}

func TestExternalCommitOfARightmostLeaf(t *testing.T) {
	// The Remove truncates the tree, the joiner extends it again.
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"), w.bundle("c"))
	l := w.members["c"].OwnLeaf()
	if l != 2 || w.public.LeafCount() != 4 {
		t.Fatalf("leaf %d of %d", l, w.public.LeafCount())
	}
	w.external("c2", ExternalOptions{Remove: &l})
	if w.members["c2"].OwnLeaf() != 2 || w.public.LeafCount() != 4 {
		t.Errorf("leaf %d of %d", w.members["c2"].OwnLeaf(), w.public.LeafCount())
	}
	w.chat()
}

func TestWrongPSKIsNoticed(t *testing.T) {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"))
	staged, err := JoinExternal(w.rand, w.info, ExternalOptions{Leaf: w.leaf("x"), Tree: w.public.Tree(),
		PSKs: []PSK{ExternalPSK([]byte("join"), Secret("a guess"))}})
	noErr(t, err)
	_, err = w.members["b"].Process(staged.Message, ProcessOptions{PSK: func(PreSharedKeyID) (Secret, bool) { return Secret("the key"), true }})
	wantErr(t, "wrong PSK", err, ErrBadConfirmationTag)
	_, err = w.members["b"].Process(staged.Message, ProcessOptions{})
	wantErr(t, "unknown PSK", err, ErrUnknownPSK)
	// The public group cannot know.
	_, err = w.public.Process(staged.Message, ProcessOptions{})
	noErr(t, err)
}

func TestQueuedProposals(t *testing.T) {
	outside, err := suite1.GenerateSignatureKey(seeded("outside"))
	noErr(t, err)
	ext := Extensions{}.With(ExtensionExternalSenders, AppendExternalSenders(nil, []ExternalSender{
		{SignatureKey: outside.Public(), Credential: BasicCredential([]byte("service"))},
	}))
	w := newWorld(t, suite1, ext)
	w.commit("a0", CommitOptions{}, w.bundle("b"), w.bundle("c"))

	collect := func(msg []byte) *QueuedProposal {
		t.Helper()
		for _, g := range w.members {
			if _, err := g.ProcessProposal(msg); err != nil && err != ErrOwnMessage {
				t.Fatal(err)
			}
		}
		q, err := w.public.ProcessProposal(msg)
		noErr(t, err)
		return q
	}
	joiner := w.bundle("joiner")
	joinMsg, err := ProposeToJoin(w.rand, []byte("group"), w.public.Epoch(), joiner, nil)
	noErr(t, err)
	removeMsg, err := ProposeExternally(w.rand, suite1, []byte("group"), w.public.Epoch(), 0, outside,
		ProposeRemove(w.members["c"].OwnLeaf()), []byte("why"))
	noErr(t, err)
	addMsg, _, err := w.members["b"].Propose(w.rand, ProposeAdd(w.bundle("d").KeyPackage), ProposeOptions{})
	noErr(t, err)
	queued := []*QueuedProposal{collect(joinMsg), collect(removeMsg), collect(addMsg)}
	staged := w.stage("a0", CommitOptions{Queued: queued, WelcomeTree: true})
	if len(staged.Added) != 2 || len(staged.Removed) != 1 {
		t.Errorf("added %d, removed %d", len(staged.Added), len(staged.Removed))
	}
	got, err := w.members["b"].Process(staged.Message, ProcessOptions{Queued: queued})
	noErr(t, err)
	equalSummary(t, got.CommitSummary, staged.CommitSummary)
	joined, err := JoinWelcome(staged.Welcome, joiner, JoinOptions{})
	noErr(t, err)
	equal0(t, "authenticator", joined.EpochAuthenticator(), got.Group().EpochAuthenticator())
	_, err = w.members["b"].Process(staged.Message, ProcessOptions{Queued: queued[:2]})
	wantErr(t, "a proposal is missing", err, ErrUnknownProposal)
	removed, err := w.members["c"].Process(staged.Message, ProcessOptions{Queued: queued})
	noErr(t, err)
	if !removed.SelfRemoved() || removed.Group() != nil {
		t.Error("c does not notice its removal")
	}

	// Who may propose what.
	_, err = ProposeExternally(w.rand, suite1, []byte("group"), 1, 0, outside, &Proposal{Type: ProposalExternalInit}, nil)
	wantErr(t, "external init from outside", err, ErrBadSender)
	for _, index := range []uint32{1, 1 << 31} {
		msg, err := ProposeExternally(w.rand, suite1, []byte("group"), w.public.Epoch(), index, outside, ProposeRemove(1), nil)
		noErr(t, err)
		_, err = w.public.ProcessProposal(msg)
		wantErr(t, "unknown external sender", err, ErrBadSender)
	}
	stranger, err := suite1.GenerateSignatureKey(w.rand)
	noErr(t, err)
	msg, err := ProposeExternally(w.rand, suite1, []byte("group"), w.public.Epoch(), 0, stranger, ProposeRemove(1), nil)
	noErr(t, err)
	_, err = w.members["b"].ProcessProposal(msg)
	wantErr(t, "forged external sender", err, ErrBadSignature)
}

func (w *world) stage(by string, o CommitOptions) *StagedCommit {
	w.Helper()
	staged, err := w.members[by].Commit(w.rand, o)
	noErr(w, err)
	return staged
}

func TestResumption(t *testing.T) {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"))
	a, b := w.members["a0"], w.members["b"]

	// Within the group, the current epoch's key needs no source.
	staged := w.stage("a0", CommitOptions{PSKs: []PSK{{ID: a.ResumptionPSKID(ResumptionApplication), Secret: a.ResumptionPSK()}}})
	got, err := b.Process(staged.Message, ProcessOptions{})
	noErr(t, err)
	equal0(t, "authenticator", got.Group().EpochAuthenticator(), staged.Group().EpochAuthenticator())

	_, err = a.Commit(w.rand, CommitOptions{PSKs: []PSK{{ID: a.ResumptionPSKID(ResumptionBranch), Secret: a.ResumptionPSK()}}})
	wantErr(t, "branch inside a group", err, ErrInvalidProposal)

	// A branch: a new group whose first commit injects the old group's key.
	sub, err := NewGroup(w.rand, GroupParams{Suite: suite1, GroupID: []byte("sub"), Leaf: w.leaf("a0")})
	noErr(t, err)
	kp := w.bundle("b")
	first, err := sub.Commit(w.rand, CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, WelcomeTree: true,
		PSKs: []PSK{{ID: a.ResumptionPSKID(ResumptionBranch), Secret: a.ResumptionPSK()}}})
	noErr(t, err)
	find := func(id PreSharedKeyID) (Secret, bool) { return b.ResumptionPSK(), id.Epoch == b.Epoch() }
	_, err = JoinWelcome(first.Welcome, kp, JoinOptions{PSK: find})
	wantErr(t, "branch without a judge", err, ErrInvalidProposal)
	asked := false
	joined, err := JoinWelcome(first.Welcome, kp, JoinOptions{PSK: find, Founding: func(id PreSharedKeyID, g *Group) error {
		asked = id.Usage == ResumptionBranch && string(id.Group) == "group" && g.MemberCount() == 2
		return nil
	}})
	noErr(t, err)
	equal0(t, "authenticator", joined.EpochAuthenticator(), first.Group().EpochAuthenticator())
	if !asked {
		t.Error("the application was not asked about the branch")
	}
}

func TestReInitEndsTheGroup(t *testing.T) {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"))
	r := &ReInit{GroupID: []byte("next"), Version: MLS10, CipherSuite: MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519}
	_, err := w.members["a0"].Commit(w.rand, CommitOptions{ReInit: r, Remove: []LeafIndex{1}})
	wantErr(t, "ReInit beside a Remove", err, ErrProposalList)
	w.commit("a0", CommitOptions{ReInit: r})
	for name, g := range w.members {
		if g.ReInit() == nil || g.ReInit().CipherSuite != r.CipherSuite {
			t.Errorf("%s does not know of the ReInit", name)
		}
		_, err := g.Seal(w.rand, SealOptions{}, []byte("late"))
		wantErr(t, "seal", err, ErrReInit)
		_, err = g.Commit(w.rand, CommitOptions{})
		wantErr(t, "commit", err, ErrReInit)
	}
}
