package itest

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	transporthttp "github.com/coffer-chat/coffer/client/transport/http"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/core/padding"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// mallory is a member with an account and device like any other, and a program
// of its own, which commits whatever the server accepts.
type mallory struct {
	w        *world
	chain    *account.Chain
	secret   *account.KeyholderSecret
	accounts wire.AccountClient
	convos   wire.ConversationClient
	id       convo.ID
	group    *mls.Group
	public   *mls.PublicGroup
	pos      *convo.Position
	head     convo.LogHead
	people   map[account.ID]*account.Chain
	gives    convo.Role // to those it begins with; 0: member
}

// mallory registers one.
func (w *world) mallory() *mallory {
	w.tb.Helper()
	secret, err := account.GenerateKeyholder(rand.Reader)
	w.must(err)
	u, err := account.NewGenesis(rand.Reader, time.Now(), "mallory", "coffer.example", secret, "own program")
	w.must(err)
	m := &mallory{w: w, chain: u.Chain, secret: secret, people: map[account.ID]*account.Chain{u.Chain.ID(): u.Chain}}
	token := ""
	http, err := transporthttp.New(w.http.URL, transporthttp.Options{Token: func() string { return token }})
	w.must(err)
	m.accounts, m.convos = wire.AccountClient{Doer: http}, wire.ConversationClient{Doer: http}
	roots := make([]wire.SealedRoot, len(u.Sealed.Roots))
	for i, r := range u.Sealed.Roots {
		roots[i] = wire.SealedRoot{Keyholder: r.Keyholder[:], Sealed: r.Data, VaultEpoch: u.Sealed.Epoch}
	}
	_, err = m.accounts.Register(w.ctx, &wire.RegisterRequest{Genesis: u.Entry.Marshal(), SealedRoots: roots})
	w.must(err)
	in, err := secret.SignIn("coffer.example", u.Chain.ID(), random(32), time.Now())
	w.must(err)
	r, err := m.accounts.SignIn(w.ctx, &wire.SignInRequest{SignIn: in})
	w.must(err)
	token = r.Token
	return m
}

// knows fetches the chain of a device's account.
func (m *mallory) knows(d *device) account.ID {
	m.w.tb.Helper()
	who, err := d.Whoami(m.w.ctx)
	m.w.must(err)
	id, err := account.ParseID(who.Account)
	m.w.must(err)
	r, err := m.accounts.GetChain(m.w.ctx, &wire.GetChainRequest{Account: id[:]})
	m.w.must(err)
	m.people[id], err = account.ParseChain(r.Entries)
	m.w.must(err)
	return id
}

// begin begins a group with others, in a cipher suite.
func (m *mallory) begin(suite mls.CipherSuite, others ...*device) {
	w := m.w
	w.tb.Helper()
	facts := &convo.Facts{Host: "coffer.example", Kind: convo.Group, Creator: m.chain.ID(), Nonce: [32]byte(random(32))}
	state := &convo.State{Facts: facts, Participants: convo.Participants{}.With(m.chain.ID(), convo.Owner)}
	for _, d := range others {
		state.Participants = state.Participants.With(m.knows(d), cmp.Or(m.gives, convo.Member))
	}
	m.id = facts.ID()
	body := m.create(suite, state, state.CreationExtensions())
	var err error
	m.pos, m.public, err = convo.Begin(body)
	w.must(err)
	staged, u := m.commit(convo.LogHead{}, m.claim(suite))
	r, err := m.convos.CreateConversation(w.ctx, &wire.CreateConversationRequest{Conversation: m.id[:], Create: body, Commit: u})
	w.must(err)
	m.take(staged, u, r.Head)
}

// create makes a group of one leaf, and its GroupInfo.
func (m *mallory) create(suite mls.CipherSuite, s *convo.State, e mls.Extensions) []byte {
	m.w.tb.Helper()
	key, err := suite.GenerateSignatureKey(rand.Reader)
	m.w.must(err)
	identity := m.secret.CertifyLeaf(m.chain.ID(), key.Public())
	m.group, err = mls.NewGroup(rand.Reader, mls.GroupParams{
		Suite: suite, GroupID: convo.MLSGroupID(m.id, s.Facts.Generation), Extensions: s.Extensions(), KeepHistory: true,
		Leaf: mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(identity.Marshal())},
	})
	m.w.must(err)
	body, err := m.group.GroupInfo(rand.Reader, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: e})
	m.w.must(err)
	return body
}

// claim takes a key package for each device of the others.
func (m *mallory) claim(suite mls.CipherSuite) (out []*mls.KeyPackage) {
	m.w.tb.Helper()
	for id := range m.people {
		if id == m.chain.ID() {
			continue
		}
		r, err := m.accounts.ClaimKeyPackages(m.w.ctx, &wire.ClaimKeyPackagesRequest{Account: id[:], Suite: uint32(suite)})
		m.w.must(err)
		for _, k := range r.KeyPackages {
			kp, err := mls.ParseKeyPackage(k.KeyPackage)
			m.w.must(err)
			out = append(out, kp)
		}
	}
	return out
}

// commit makes a commit with all that belongs to it; hurt damage it before
// anything is signed over it.
func (m *mallory) commit(seen convo.LogHead, add []*mls.KeyPackage, hurt ...func(*damage)) (*mls.StagedCommit, *wire.CommitUnit) {
	w := m.w
	w.tb.Helper()
	var heads []account.HeadEntry
	for _, c := range m.people {
		heads = append(heads, c.HeadEntry())
	}
	t, err := account.NewHeadTable(heads)
	w.must(err)
	h := convo.CommitHeader{Log: seen, HeadTable: t.Hash(), Idempotency: [16]byte(random(16))}
	staged, err := m.group.Commit(rand.Reader, mls.CommitOptions{ForcePath: true, AuthenticatedData: h.Append(nil), Add: add})
	w.must(err)
	next := staged.Group()
	pub, err := next.ExternalPub()
	w.must(err)
	d := &damage{m: m, next: next, message: slices.Clone(staged.Message), info: staged.GroupInfo, pub: pub}
	for _, f := range hurt {
		f(d)
	}
	return staged, m.unit(d, t, staged.Welcome)
}

// unit makes what is posted with a commit.
func (m *mallory) unit(d *damage, t account.HeadTable, welcome []byte) *wire.CommitUnit {
	w, next := m.w, d.next
	w.tb.Helper()
	record, err := convo.RecordOf(m.pos.Generation, next.Context(), m.pos.State.Participants, d.pub, next.LeafCount(), next.Members())
	w.must(err)
	secrets, err := convo.SecretsOf(next, record)
	w.must(err)
	u := &wire.CommitUnit{Commit: d.message, Welcome: welcome, GroupInfo: d.info}
	var leaves [][32]byte
	for _, e := range t {
		v, _ := m.people[e.Account].VaultAt(e.Head.Seq)
		sealed, err := convo.DepositFor(next, v.KEM, &convo.DepositPlace{
			Conversation: m.id, Generation: m.pos.Generation, Epoch: next.Epoch(), Commit: convo.HashPart(d.message),
			Account: e.Account, VaultEpoch: e.VaultEpoch,
		}, secrets)
		w.must(err)
		if d.deposits && (d.only.IsZero() || d.only == e.Account) {
			sealed = append(sealed[:1:1], random(len(sealed)-1)...)
		}
		u.Deposits = append(u.Deposits, wire.Deposit{Account: e.Account[:], VaultEpoch: e.VaultEpoch, Sealed: sealed})
		leaves = append(leaves, convo.DepositLeaf(e.Account, e.VaultEpoch, sealed))
	}
	root := convo.DepositRoot(leaves)
	tbs := convo.BundleTBS{
		Conversation: m.id, Generation: m.pos.Generation, Epoch: next.Epoch(), Commit: convo.HashPart(d.message),
		Record: record.Hash(), HeadTable: t.Hash(), DepositRoot: root, DepositCount: uint32(len(leaves)),
	}
	signature, err := next.Suite().SignWithLabel(rand.Reader, m.group.SignatureKey(), convo.BundleLabel, tbs.Bytes())
	w.must(err)
	u.Bundle = &wire.EpochBundle{
		Generation: m.pos.Generation, Epoch: next.Epoch(), HeadTable: t.Since(m.pos.Table).Marshal(), Record: record.AppendChange(nil, m.pos.Record),
		DepositRoot: root[:], DepositCount: uint32(len(leaves)), Signature: signature,
	}
	return u
}

// take goes on from a commit that the server has accepted.
func (m *mallory) take(staged *mls.StagedCommit, u *wire.CommitUnit, head *wire.LogHead) {
	m.w.tb.Helper()
	m.head = convo.LogHead{Seq: head.Seq, Link: [32]byte(head.Link)}
	sender := convo.Sender{Account: m.chain.ID(), Device: m.secret.ID()}
	chains := func(id account.ID, _ account.Head) (*account.Chain, error) { return m.people[id], nil }
	var err error
	m.pos, m.public, err = m.pos.Walk(m.public, &convo.LoggedCommit{
		Seq: head.Seq, Sender: sender, Message: u.Commit, Bundle: &convo.Bundle{
			Table: u.Bundle.HeadTable, Record: u.Bundle.Record, DepositRoot: [32]byte(u.Bundle.DepositRoot),
			DepositCount: u.Bundle.DepositCount, Signature: u.Bundle.Signature,
		},
	}, chains)
	m.w.must(err)
	m.group = staged.Group()
}

// brick posts a commit that the server cannot tell from a right one.
func (m *mallory) brick(hurt ...func(*damage)) {
	m.w.tb.Helper()
	staged, u := m.commit(m.head, nil, hurt...)
	r, err := m.convos.PostCommit(m.w.ctx, &wire.PostCommitRequest{Conversation: m.id[:], Generation: m.pos.Generation, Commit: u})
	m.w.must(err)
	m.take(staged, u, r.Head)
}

// damage is a commit before it is posted.
type damage struct {
	m        *mallory
	next     *mls.Group
	message  []byte
	info     []byte // GroupInfo
	pub      mls.HPKEPublicKey
	deposits bool       // none of them opens
	only     account.ID // if it is set, only this account's does not
}

// wrongTag makes the commit's confirmation tag one that no member computes.
func wrongTag(d *damage) {
	info := d.parsed()
	i := bytes.LastIndex(d.message, info.ConfirmationTag)
	d.message[i] ^= 1
	info.ConfirmationTag = slices.Clone(info.ConfirmationTag)
	info.ConfirmationTag[0] ^= 1
	d.sign(info)
}

// wrongExternalPub names another external_pub than the epoch's.
func wrongExternalPub(d *damage) {
	other, err := mls.NewGroup(rand.Reader, mls.GroupParams{
		Suite: d.next.Suite(), GroupID: []byte("other"), Leaf: mls.LeafParams{
			SignatureKey: d.m.group.SignatureKey(), Credential: mls.BasicCredential([]byte("other")),
		},
	})
	d.m.w.must(err)
	d.pub, err = other.ExternalPub()
	d.m.w.must(err)
	info := d.parsed()
	info.Extensions = info.Extensions.With(mls.ExtensionExternalPub, syntax.AppendOpaque(nil, d.pub))
	d.sign(info)
}

func wrongDeposits(d *damage) { d.deposits = true }

func (d *damage) parsed() *mls.GroupInfo {
	info, err := mls.ParseGroupInfo(d.info)
	d.m.w.must(err)
	return info
}

// sign makes the GroupInfo anew (RFC 9420, 12.4.3).
func (d *damage) sign(info *mls.GroupInfo) {
	b := info.Context.Append(nil)
	b = info.Extensions.Append(b)
	b = syntax.AppendOpaque(b, info.ConfirmationTag)
	b = syntax.AppendUint32(b, uint32(info.Signer))
	signature, err := d.next.Suite().SignWithLabel(rand.Reader, d.m.group.SignatureKey(), "GroupInfoTBS", b)
	d.m.w.must(err)
	head := []byte{0, 1, 0, 4} // mls10, mls_group_info
	d.info = syntax.AppendOpaque(append(head, b...), signature)
}

// readUp reads the log, and follows what the others did as a member.
func (m *mallory) readUp() {
	w := m.w
	w.tb.Helper()
	r, err := m.convos.ReadLog(w.ctx, &wire.ReadLogRequest{Conversation: m.id[:], FromSeq: m.head.Seq + 1})
	w.must(err)
	for i := range r.Entries {
		if r.Entries[i].Kind != wire.EntryKindMessage {
			w.tb.Fatal("mallory's program follows no commits of others")
		}
	}
	m.head = convo.LogHead{Seq: r.Head.Seq, Link: [32]byte(r.Head.Link)}
}

// say posts a text.
func (m *mallory) say(text string) {
	w := m.w
	w.tb.Helper()
	salt, err := content.NewSalt(rand.Reader)
	w.must(err)
	sender, err := content.UserURI("coffer.example", m.chain.ID().String())
	w.must(err)
	room, err := content.RoomURI("coffer.example", m.id.String())
	w.must(err)
	msg, err := content.NewMessage(content.Header{Salt: salt, Sender: sender, Room: room}, content.Text{Text: text})
	w.must(err)
	h := &convo.Header{
		Purpose: convo.PurposeMessage, Log: m.head, Chain: m.chain.Head(), Idempotency: [16]byte(random(16)), FrankingTag: frank.NewTag(msg),
	}
	sealed, err := m.group.Seal(rand.Reader, mls.SealOptions{AAD: h.Append(nil), Padding: padding.Size}, msg.Bytes())
	w.must(err)
	r, err := m.convos.PostMessage(w.ctx, &wire.PostMessageRequest{Conversation: m.id[:], Generation: m.pos.Generation, Message: sealed})
	w.must(err)
	m.head = convo.LogHead{Seq: r.Head.Seq, Link: [32]byte(r.Head.Link)}
}

// open opens the next generation, alone in it; spoil alters what it says, or who
// is in it. It returns what the server says.
func (m *mallory) open(why convo.Reason, spoil func(s *convo.State, o *convo.Opening)) error {
	w := m.w
	w.tb.Helper()
	state, o := m.pos.NextState(), m.pos.Opening(why, m.head)
	if spoil != nil {
		spoil(state, o)
	}
	old := m.pos
	body := m.create(m.pos.Context.CipherSuite, state, o.Extensions())
	var err error
	m.pos, m.public, _, err = m.pos.Reopen(&convo.Entry{
		Seq: m.head.Seq + 1, Sender: convo.Sender{Account: m.chain.ID(), Device: m.secret.ID()}, Body: body,
	})
	if err != nil { // to be seen by the server
		next := *old
		next.Generation, next.Epoch, next.State = old.Generation+1, 0, state
		m.pos = &next
	}
	_, u := m.commit(m.head, nil)
	_, err = m.convos.OpenGeneration(w.ctx, &wire.OpenGenerationRequest{
		Conversation: m.id[:], Generation: old.Generation + 1, Create: body, Commit: u,
	})
	m.pos = old
	return err
}
