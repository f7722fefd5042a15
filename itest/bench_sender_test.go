package itest

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/coffer-chat/coffer/api/wire"
	transporthttp "github.com/coffer-chat/coffer/client/transport/http"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/core/padding"
	"github.com/coffer-chat/coffer/mls"
)

// benchSuite is the cipher suite of the benchmark's conversations: what it
// measures does not depend on it, and this one is cheap to set up.
const benchSuite = mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519

// bareDevice is an account with one device and nothing of the client: it
// prepares messages before they are timed.
type bareDevice struct {
	w      *benchServer
	chain  *account.Chain
	secret *account.KeyholderSecret
	wire.AccountClient
	convos wire.ConversationClient
	token  string
}

// bare registers an account.
func (w *benchServer) bare(handle string) *bareDevice {
	w.tb.Helper()
	secret, err := account.GenerateKeyholder(rand.Reader)
	w.must(err)
	u, err := account.NewGenesis(rand.Reader, w.now(), account.Handle(handle), benchHost, secret, "bench")
	w.must(err)
	d := &bareDevice{w: w, chain: u.Chain, secret: secret}
	d.connect(w.url)
	roots := make([]wire.SealedRoot, len(u.Sealed.Roots))
	for i, r := range u.Sealed.Roots {
		roots[i] = wire.SealedRoot{Keyholder: r.Keyholder[:], Sealed: r.Data, VaultEpoch: u.Sealed.Epoch}
	}
	_, err = d.Register(w.ctx, &wire.RegisterRequest{Genesis: u.Entry.Marshal(), SealedRoots: roots})
	w.must(err)
	d.signIn(w.ctx)
	return d
}

// connect makes the device talk to the server at a URL.
func (d *bareDevice) connect(url string) {
	d.w.tb.Helper()
	http, err := transporthttp.New(url, transporthttp.Options{Token: func() string { return d.token }})
	d.w.must(err)
	d.AccountClient, d.convos = wire.AccountClient{Doer: http}, wire.ConversationClient{Doer: http}
}

// signIn opens a session.
func (d *bareDevice) signIn(ctx context.Context) {
	d.w.tb.Helper()
	in, err := d.secret.SignIn(benchHost, d.chain.ID(), random(32), d.w.now())
	d.w.must(err)
	r, err := d.SignIn(ctx, &wire.SignInRequest{SignIn: in})
	d.w.must(err)
	d.token = r.Token
}

// benchTalk is a conversation that a bare device has begun.
type benchTalk struct {
	from, to *bareDevice
	id       convo.ID
	group    *mls.Group
	head     convo.LogHead
	// Of the current epoch, to make the next commit.
	table  account.HeadTable
	record *convo.Record
	list   convo.Participants
}

// talk begins the conversation with another, who has no leaf in it.
func (d *bareDevice) talk(to *bareDevice) *benchTalk { return d.talkIn(benchSuite, to, nil) }

// talkIn begins a conversation of a cipher suite and adds leaves to it.
func (d *bareDevice) talkIn(suite mls.CipherSuite, to *bareDevice, add []*mls.KeyPackage) *benchTalk {
	w := d.w
	w.tb.Helper()
	facts := &convo.Facts{Host: benchHost, Kind: convo.Direct, Creator: d.chain.ID(), Peer: to.chain.ID()}
	list := convo.Participants{}.With(d.chain.ID(), convo.Member).With(to.chain.ID(), convo.Member)
	state := convo.State{Facts: facts, Participants: list}
	key, err := suite.GenerateSignatureKey(rand.Reader)
	w.must(err)
	identity := d.secret.CertifyLeaf(d.chain.ID(), key.Public())
	g, err := mls.NewGroup(rand.Reader, mls.GroupParams{
		Suite: suite, GroupID: convo.MLSGroupID(facts.ID(), 0), Extensions: state.Extensions(), KeepHistory: true,
		Leaf: mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(identity.Marshal())},
	})
	w.must(err)
	creation, err := g.GroupInfo(rand.Reader, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: state.CreationExtensions()})
	w.must(err)
	before, _, err := convo.Begin(creation)
	w.must(err)
	t, err := account.NewHeadTable([]account.HeadEntry{d.chain.HeadEntry(), to.chain.HeadEntry()})
	w.must(err)
	h := convo.CommitHeader{HeadTable: t.Hash(), Idempotency: [16]byte(random(16))}
	staged, err := g.Commit(rand.Reader, mls.CommitOptions{Add: add, ForcePath: true, AuthenticatedData: h.Append(nil), Now: w.now()})
	w.must(err)
	id := facts.ID()
	r, err := d.convos.CreateConversation(w.ctx, &wire.CreateConversationRequest{
		Conversation: id[:], Create: creation, Commit: d.unit(to, before, staged, g.SignatureKey(), t),
	})
	w.must(err)
	return &benchTalk{
		from: d, to: to, id: id, table: t, list: list, record: w.recordOf(before.State.Participants, staged.Group()), group: staged.Group(), head: convo.LogHead{Seq: r.Head.Seq, Link: [32]byte(r.Head.Link)},
	}
}

// recordOf is the record of a group's epoch.
func (w *benchServer) recordOf(list convo.Participants, g *mls.Group) *convo.Record {
	w.tb.Helper()
	pub, err := g.ExternalPub()
	w.must(err)
	record, err := convo.RecordOf(0, g.Context(), list, pub, g.LeafCount(), g.Members())
	w.must(err)
	return record
}

// unit is what is posted with a commit.
func (d *bareDevice) unit(to *bareDevice, before *convo.Position, staged *mls.StagedCommit, signer mls.SignaturePrivateKey, t account.HeadTable) *wire.CommitUnit {
	w, next := d.w, staged.Group()
	w.tb.Helper()
	record := w.recordOf(before.State.Participants, next)
	secrets, err := convo.SecretsOf(next, record)
	w.must(err)
	u := &wire.CommitUnit{Commit: staged.Message, Welcome: staged.Welcome, GroupInfo: staged.GroupInfo}
	var leaves [][32]byte
	for _, e := range t {
		chain := d.chain
		if e.Account == to.chain.ID() {
			chain = to.chain
		}
		v, _ := chain.VaultAt(e.Head.Seq)
		place := &convo.DepositPlace{
			Conversation: before.ID, Epoch: next.Epoch(), Commit: convo.HashPart(staged.Message),
			Account: e.Account, VaultEpoch: e.VaultEpoch,
		}
		sealed, err := convo.DepositFor(next, v.KEM, place, secrets)
		w.must(err)
		u.Deposits = append(u.Deposits, wire.Deposit{Account: e.Account[:], VaultEpoch: e.VaultEpoch, Sealed: sealed})
		leaves = append(leaves, convo.DepositLeaf(e.Account, e.VaultEpoch, sealed))
	}
	root := convo.DepositRoot(leaves)
	tbs := convo.BundleTBS{
		Conversation: before.ID, Epoch: next.Epoch(), Commit: convo.HashPart(staged.Message), Record: record.Hash(),
		HeadTable: t.Hash(), DepositRoot: root, DepositCount: uint32(len(leaves)),
	}
	signature, err := next.Suite().SignWithLabel(rand.Reader, signer, convo.BundleLabel, tbs.Bytes())
	w.must(err)
	u.Bundle = &wire.EpochBundle{
		Epoch: next.Epoch(), HeadTable: t.Since(before.Table).Marshal(), Record: record.AppendChange(nil, before.Record),
		DepositRoot: root[:], DepositCount: uint32(len(leaves)), Signature: signature,
	}
	return u
}

// sender is who writes, as messages name it.
func (x *benchTalk) sender() content.URI {
	u, err := content.UserURI(benchHost, x.from.chain.ID().String())
	x.from.w.must(err)
	return u
}

// room is the conversation, as messages name it.
func (x *benchTalk) room() content.URI {
	u, err := content.RoomURI(benchHost, x.id.String())
	x.from.w.must(err)
	return u
}

// seal makes a message of a text, ready to be posted.
func (x *benchTalk) seal(text string) *wire.PostMessageRequest {
	w := x.from.w
	w.tb.Helper()
	salt, err := content.NewSalt(rand.Reader)
	w.must(err)
	m, err := content.NewMessage(content.Header{Salt: salt, Sender: x.sender(), Room: x.room()}, content.Text{Text: text})
	w.must(err)
	h := &convo.Header{
		Purpose: convo.PurposeMessage, Log: x.head, Chain: x.from.chain.Head(), Idempotency: [16]byte(random(16)), FrankingTag: frank.NewTag(m),
	}
	sealed, err := x.group.Seal(rand.Reader, mls.SealOptions{AAD: h.Append(nil), Padding: padding.Size}, m.Bytes())
	w.must(err)
	return &wire.PostMessageRequest{Conversation: x.id[:], Message: sealed}
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

// pairs begins n conversations between two accounts each.
func (w *benchServer) pairs(n int) []*benchTalk {
	w.tb.Helper()
	list := make([]*benchTalk, n)
	for i := range list {
		list[i] = w.bare(fmt.Sprint("sender", i)).talk(w.bare(fmt.Sprint("receiver", i)))
	}
	return list
}
