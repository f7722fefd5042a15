package server_test

import (
	"crypto/rand"
	"slices"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// talk is a conversation as one device knows it.
type talk struct {
	*device
	id      convo.ID
	pos     *convo.Position
	group   *mls.Group
	head    convo.LogHead
	bundles []*cofferv1.EpochBundle
	lists   []convo.Participants // that commits were made for
}

func headOf(h *cofferv1.LogHead) convo.LogHead {
	return convo.LogHead{Seq: h.GetSeq(), Link: [32]byte(h.GetLink())}
}

// table is the head table of people at their newest heads.
func (d *device) table(people ...*person) account.HeadTable {
	var list []account.HeadEntry
	for _, p := range people {
		list = append(list, p.Chain.HeadEntry())
	}
	t, err := account.NewHeadTable(list)
	d.ok(err)
	return t
}

func random16() (k [16]byte) {
	rand.Read(k[:])
	return k
}

// chainsOf looks up chains among people.
func chainsOf(people []*person) convo.Chains {
	return func(id account.ID, _ account.Head) (*account.Chain, error) {
		for _, p := range people {
			if p.id() == id {
				return p.Chain, nil
			}
		}
		return nil, account.ErrFork
	}
}

// unit makes what is posted with a commit.
func (d *device) unit(before *convo.Position, list convo.Participants, staged *mls.StagedCommit, signer mls.SignaturePrivateKey, t account.HeadTable, people []*person) *cofferv1.CommitUnit {
	d.Helper()
	next := staged.Group()
	pub, err := next.ExternalPub()
	d.ok(err)
	record, err := convo.RecordOf(before.Generation, next.Context(), list, pub, next.LeafCount(), next.Members())
	d.ok(err)
	secrets, err := convo.SecretsOf(next, record)
	d.ok(err)
	u := &cofferv1.CommitUnit{Commit: staged.Message, Welcome: staged.Welcome, GroupInfo: staged.GroupInfo}
	var leaves [][32]byte
	lookup := chainsOf(people)
	for _, e := range t {
		chain, err := lookup(e.Account, e.Head)
		d.ok(err)
		if !chain.VaultOnAt(e.Head.Seq) {
			continue
		}
		v, _ := chain.VaultAt(e.Head.Seq)
		place := &convo.DepositPlace{
			Conversation: before.ID, Generation: before.Generation, Epoch: next.Epoch(),
			Commit: convo.HashPart(staged.Message), Account: e.Account, VaultEpoch: e.VaultEpoch,
		}
		sealed, err := convo.DepositFor(next, v.KEM, place, secrets)
		d.ok(err)
		u.Deposits = append(u.Deposits, &cofferv1.Deposit{Account: e.Account[:], VaultEpoch: e.VaultEpoch, Sealed: sealed})
		leaves = append(leaves, convo.DepositLeaf(e.Account, e.VaultEpoch, sealed))
	}
	root := convo.DepositRoot(leaves)
	u.Bundle = &cofferv1.EpochBundle{
		Generation: before.Generation, Epoch: next.Epoch(), HeadTable: t.Since(before.Table).Marshal(), Record: record.AppendChange(nil, before.Record),
		DepositRoot: root[:], DepositCount: uint32(len(leaves)),
	}
	d.signBundle(u, before, record.Hash(), t, next.Suite(), signer)
	return u
}

func (d *device) signBundle(u *cofferv1.CommitUnit, before *convo.Position, record [32]byte, t account.HeadTable, s mls.CipherSuite, signer mls.SignaturePrivateKey) {
	tbs := convo.BundleTBS{
		Conversation: before.ID, Generation: before.Generation, Epoch: u.Bundle.Epoch, Commit: convo.HashPart(u.Commit), Record: record,
		HeadTable: t.Hash(), DepositRoot: [32]byte(u.Bundle.DepositRoot), DepositCount: u.Bundle.DepositCount,
	}
	var err error
	u.Bundle.Signature, err = s.SignWithLabel(rand.Reader, signer, convo.BundleLabel, tbs.Bytes())
	d.ok(err)
}

// creation is a conversation about to be created.
type creation struct {
	request *cofferv1.CreateConversationRequest
	group   *mls.Group // after the first commit
	pos     *convo.Position
}

// prepare prepares the creation of a conversation with people, the creator among
// them. Their devices with key packages are added.
func (d *device) prepare(facts *convo.Facts, people ...*person) *creation {
	d.Helper()
	role := convo.Owner
	if facts.Kind == convo.Direct {
		role = convo.Member
	}
	var list []convo.Participant
	for _, p := range people {
		r := convo.Member
		if p.id() == d.id() {
			r = role
		}
		list = append(list, convo.Participant{Account: p.id(), Role: r})
	}
	participants, err := convo.NewParticipants(list)
	d.ok(err)
	state := convo.State{Facts: facts, Participants: participants}
	id := facts.ID()
	g, err := mls.NewGroup(rand.Reader, mls.GroupParams{
		Suite: testSuite, GroupID: convo.MLSGroupID(id, 0), Leaf: d.leaf(), Extensions: state.Extensions(), KeepHistory: true,
	})
	d.ok(err)
	create, err := g.GroupInfo(rand.Reader, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: state.CreationExtensions()})
	d.ok(err)
	before, _, err := convo.Begin(create)
	d.ok(err)
	t := d.table(people...)
	h := convo.CommitHeader{HeadTable: [32]byte(t.Hash()), Idempotency: random16()}
	o := mls.CommitOptions{ForcePath: true, AuthenticatedData: h.Append(nil)}
	for _, p := range people {
		o.Add = append(o.Add, d.claim(p)...)
	}
	staged, err := g.Commit(rand.Reader, o)
	d.ok(err)
	return &creation{
		request: &cofferv1.CreateConversationRequest{Conversation: id[:], Create: create, Commit: d.unit(before, participants, staged, g.SignatureKey(), t, people)},
		group:   staged.Group(), pos: before,
	}
}

// claim claims key packages for a person's devices but this one.
func (d *device) claim(p *person) (out []*mls.KeyPackage) {
	d.Helper()
	self := d.secret.ID()
	for _, k := range call(d.world, d.ClaimKeyPackages, &cofferv1.ClaimKeyPackagesRequest{Account: idBytes(p), Suite: uint32(testSuite)}).GetKeyPackages() {
		if string(k.GetDevice()) == string(self[:]) {
			continue
		}
		kp, err := mls.ParseKeyPackage(k.GetKeyPackage())
		d.ok(err)
		out = append(out, kp)
	}
	return out
}

// create creates a group with people.
func (d *device) create(people ...*person) *talk {
	d.Helper()
	facts := &convo.Facts{Host: testHost, Kind: convo.Group, Creator: d.id()}
	rand.Read(facts.Nonce[:])
	return d.created(d.prepare(facts, append([]*person{d.person}, people...)...))
}

// createDirect creates the conversation with one other.
func (d *device) createDirect(p *person) *talk {
	d.Helper()
	facts := &convo.Facts{Host: testHost, Kind: convo.Direct, Creator: d.id(), Peer: p.id()}
	return d.created(d.prepare(facts, d.person, p))
}

func (d *device) created(c *creation) *talk {
	d.Helper()
	r := call(d.world, d.convos.CreateConversation, c.request)
	x := &talk{device: d, id: convo.ID(c.request.Conversation), group: c.group, head: headOf(r.GetHead())}
	x.walk(nil)
	return x
}

// open joins a conversation as the device that was welcomed to it.
func (d *device) open(id convo.ID) *talk {
	d.Helper()
	w := call(d.world, d.convos.GetWelcome, &cofferv1.GetWelcomeRequest{Conversation: id[:]})
	refs, err := mls.WelcomeRefs(w.GetWelcome())
	d.ok(err)
	for _, ref := range refs {
		if b := d.kps[string(ref)]; b != nil {
			g, err := mls.JoinWelcome(w.GetWelcome(), b, mls.JoinOptions{Tree: w.GetRatchetTree(), KeepHistory: true})
			d.ok(err)
			x := &talk{device: d, id: id, group: g}
			x.walk(nil)
			return x
		}
	}
	d.Fatal("no Welcome for this device's key packages")
	return nil
}

// look is a conversation that the device reads without being a member.
func (d *device) look(id convo.ID) *talk { return &talk{device: d, id: id} }

// log reads the whole log and verifies its links and head.
func (x *talk) log() []*cofferv1.LogEntry {
	x.Helper()
	var out []*cofferv1.LogEntry
	var prev convo.LogHead
	for {
		r := call(x.world, x.convos.ReadLog, &cofferv1.ReadLogRequest{Conversation: x.id[:], FromSeq: prev.Seq + 1})
		x.ok(convo.VerifyHead(x.key, x.id, headOf(r.GetHead()), r.GetHead().GetSignature()))
		x.head = headOf(r.GetHead())
		var run []*convo.Entry
		for _, e := range r.GetEntries() {
			run = append(run, entryOf(e))
		}
		x.ok(convo.CheckRun(&prev, run, nil))
		if len(run) > 0 {
			last := run[len(run)-1]
			prev = convo.LogHead{Seq: last.Seq, Link: last.Link}
		}
		out = append(out, r.GetEntries()...)
		if prev == x.head || len(run) == 0 {
			if prev != x.head {
				x.Fatalf("log ends at %d, its head is %d", prev.Seq, x.head.Seq)
			}
			return out
		}
	}
}

func entryOf(e *cofferv1.LogEntry) *convo.Entry {
	return &convo.Entry{
		Seq: e.GetSeq(), Kind: convo.EntryKind(e.GetKind()), AcceptedMS: e.GetAcceptedMs(),
		Sender: convo.Sender{Account: account.ID(e.GetAccount()), Device: account.KeyholderID(e.GetDevice())},
		Body:   e.GetBody(), Header: e.GetHeader(), BodyHash: e.GetBodyHash(), Frank: e.GetFrank(), Link: [32]byte(e.GetLink()),
	}
}

// walk reads the log and walks its commits; a member's group follows. people
// are those whose chains are asked for; nil means those of the test's world.
func (x *talk) walk(people []*person) {
	x.Helper()
	entries := x.log()
	r := call(x.world, x.convos.ReadEpochs, &cofferv1.ReadEpochsRequest{Conversation: x.id[:]})
	x.bundles = r.GetBundles()
	pos, public, err := convo.Begin(entries[0].GetBody())
	x.ok(err)
	left := map[account.ID]bool{}
	for _, w := range entries[1:] {
		e := entryOf(w)
		switch e.Kind {
		case convo.EntryLeave:
			left[e.Sender.Account] = true
			continue
		case convo.EntryCommit:
		default:
			continue
		}
		i := slices.IndexFunc(x.bundles, func(b *cofferv1.EpochBundle) bool { return b.GetSeq() == e.Seq })
		if i < 0 {
			x.Fatalf("no bundle for the commit at %d", e.Seq)
		}
		b := x.bundles[i]
		pos, public, err = pos.Walk(public, &convo.LoggedCommit{
			Seq: e.Seq, Sender: e.Sender, Message: e.Body, Left: left,
			Bundle: &convo.Bundle{Table: b.GetHeadTable(), Record: b.GetRecord(), DepositRoot: [32]byte(b.GetDepositRoot()), DepositCount: b.GetDepositCount(), Signature: b.GetSignature()},
		}, x.fetchChains())
		x.ok(err)
		if d := b.GetDeposit(); d != nil {
			given := &convo.GivenDeposit{VaultEpoch: d.GetVaultEpoch(), Sealed: d.GetSealed(), Index: int(b.GetDepositIndex())}
			for _, h := range b.GetDepositProof() {
				given.Proof = append(given.Proof, [32]byte(h))
			}
			x.ok(pos.Deposited(&convo.Bundle{DepositRoot: [32]byte(b.GetDepositRoot()), DepositCount: b.GetDepositCount()}, x.device.id(), given))
		}
		if x.group != nil && x.group.Epoch()+1 == pos.Epoch {
			key, err := x.group.Export(convo.ExportJoinKey, nil, convo.JoinKeySize)
			x.ok(err)
			staged, err := x.group.Process(e.Body, mls.ProcessOptions{PSK: func(mls.PreSharedKeyID) (mls.Secret, bool) { return key, true }})
			x.ok(err)
			x.group = staged.Group()
		}
	}
	x.pos = pos
}

// fetchChains asks the server for chains.
func (d *device) fetchChains() convo.Chains {
	return func(id account.ID, _ account.Head) (*account.Chain, error) {
		r, err := d.GetChain(d.Context(), req(&cofferv1.GetChainRequest{Account: id[:]}))
		if err != nil {
			return nil, err
		}
		return account.ParseChain(r.Msg.GetEntries())
	}
}

// header is a message's header with what the device knows.
func (x *talk) header() *convo.Header {
	h := &convo.Header{Purpose: convo.PurposeMessage, Log: x.head, Chain: x.Chain.Head(), Idempotency: random16()}
	rand.Read(h.FrankingTag[:])
	return h
}

// seal makes a message with a header.
func (x *talk) seal(h *convo.Header, text string) *cofferv1.PostMessageRequest {
	x.Helper()
	m, err := x.group.Seal(rand.Reader, mls.SealOptions{AAD: h.Append(nil)}, []byte(text))
	x.ok(err)
	return &cofferv1.PostMessageRequest{Conversation: x.id[:], Message: m}
}

// post posts a message.
func (x *talk) post(h *convo.Header, text string) *cofferv1.PostMessageResponse {
	x.Helper()
	r := call(x.world, x.convos.PostMessage, x.seal(h, text))
	x.head = headOf(r.GetHead())
	return r
}

// say posts a text and returns its seq.
func (x *talk) say(text string) uint64 {
	x.Helper()
	return x.post(x.header(), text).GetEntry().GetSeq()
}

// change is a commit about to be posted.
type change struct {
	request *cofferv1.PostCommitRequest
	staged  *mls.StagedCommit
}

// prepareCommit prepares a commit of a member; people are the participants after it.
func (x *talk) prepareCommit(o mls.CommitOptions, people ...*person) *change {
	x.Helper()
	t := x.table(people...)
	h := convo.CommitHeader{Log: x.head, HeadTable: [32]byte(t.Hash()), Idempotency: random16()}
	o.ForcePath, o.AuthenticatedData = true, h.Append(nil)
	staged, err := x.group.Commit(rand.Reader, o)
	x.ok(err)
	u := x.unit(x.pos, x.listOf(staged), staged, x.group.SignatureKey(), t, people)
	return &change{&cofferv1.PostCommitRequest{Conversation: x.id[:], Commit: u}, staged}
}

// commit posts a commit.
func (x *talk) commit(o mls.CommitOptions, people ...*person) {
	x.Helper()
	c := x.prepareCommit(o, people...)
	r := call(x.world, x.convos.PostCommit, c.request)
	x.head, x.group = headOf(r.GetHead()), c.staged.Group()
	x.walk(people)
}

// participants are the extensions for another participant list.
func (x *talk) participants(list ...convo.Participant) mls.Extensions {
	p, err := convo.NewParticipants(list)
	x.ok(err)
	x.lists = append(x.lists, p)
	s := convo.State{Facts: x.pos.State.Facts, Participants: p}
	return s.Extensions()
}

// listOf finds the participant list that a commit was made for.
func (x *talk) listOf(staged *mls.StagedCommit) convo.Participants {
	c := staged.Group().Context()
	for _, p := range x.lists {
		if _, err := convo.ParseState(&c, p); err == nil {
			return p
		}
	}
	return x.pos.State.Participants
}

// leafOf finds a device's leaf.
func (x *talk) leafOf(d *device) mls.LeafIndex {
	for i, l := range x.pos.Record.Leaves {
		if l != nil && l.Device == d.secret.ID() {
			return mls.LeafIndex(i)
		}
	}
	x.Fatal("not a leaf")
	return 0
}

func idBytes(p *person) []byte {
	id := p.id()
	return id[:]
}
