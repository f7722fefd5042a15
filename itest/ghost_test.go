package itest

import (
	"crypto/rand"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// ghostCommit is an external commit by which the server itself, holding
// everything that it can see, joins a conversation as a device of somebody.
type ghostCommit struct {
	entry  *pb.LogEntry
	bundle *pb.EpochBundle
}

// ghost makes one from what a joining device would get. psk is injected where
// it is not nil.
func (l *liar) ghost(w *world, id convo.ID, g *pb.GetGroupResponse, as account.ID, psk []byte) *ghostCommit {
	w.tb.Helper()
	device, err := account.GenerateKeyholder(rand.Reader)
	w.must(err)
	info, err := mls.ParseGroupInfo(g.GroupInfo)
	w.must(err)
	suite := info.Context.CipherSuite
	key, err := suite.GenerateSignatureKey(rand.Reader)
	w.must(err)
	table, err := account.ParseHeadTable(g.HeadTable)
	w.must(err)
	top := l.top()
	identity := device.CertifyLeaf(as, key.Public())
	h := &convo.CommitHeader{Log: convo.LogHead{Seq: top.Seq, Link: [32]byte(top.Link)}, HeadTable: table.Hash()}
	o := mls.ExternalOptions{
		Tree: g.RatchetTree, Leaf: mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(identity.Marshal())},
		AuthenticatedData: h.Append(nil), Now: time.Now(),
	}
	if psk != nil {
		o.PSKs = []mls.PSK{mls.ExternalPSK(convo.JoinKeyID(id, g.Generation, g.Epoch), mls.Secret(psk))}
	}
	staged, err := mls.JoinExternal(rand.Reader, g.GroupInfo, o)
	w.must(err)
	next := staged.Group()
	pub, err := next.ExternalPub()
	w.must(err)
	var list convo.Participants
	for _, e := range table {
		list = list.With(e.Account, convo.Member)
	}
	record, err := convo.RecordOf(g.Generation, next.Context(), list, pub, next.LeafCount(), next.Members())
	w.must(err)
	public, err := mls.NewPublicGroup(g.GroupInfo, g.RatchetTree, mls.ProcessOptions{})
	w.must(err)
	before, err := convo.RecordOf(g.Generation, public.Context(), list, pub, public.LeafCount(), public.Members())
	w.must(err)
	root := convo.DepositRoot(nil)
	tbs := convo.BundleTBS{
		Conversation: id, Generation: g.Generation, Epoch: next.Epoch(), Commit: convo.HashPart(staged.Message),
		Record: record.Hash(), HeadTable: table.Hash(), DepositRoot: root,
	}
	signature, err := next.Suite().SignWithLabel(rand.Reader, key, convo.BundleLabel, tbs.Bytes())
	w.must(err)
	name := device.ID()
	return &ghostCommit{
		entry: &pb.LogEntry{
			Seq: top.Seq + 1, Kind: pb.EntryKind_ENTRY_KIND_COMMIT, Account: as[:], Device: name[:],
			AcceptedMs: uint64(time.Now().UnixMilli()), Body: staged.Message,
		},
		bundle: &pb.EpochBundle{
			Generation: g.Generation, Epoch: next.Epoch(), Seq: top.Seq + 1, HeadTable: table.Since(table).Marshal(),
			Record: record.AppendChange(nil, before), DepositRoot: root[:], Signature: signature,
		},
	}
}

// top is the newest entry that the liar has seen.
func (l *liar) top() (top *pb.LogEntry) {
	for _, x := range l.seen {
		if top == nil || x.Seq > top.Seq {
			top = x
		}
	}
	return top
}

// show makes the liar hand out the ghost's commit as the newest of the log.
func (l *liar) show(id convo.ID, x *ghostCommit) {
	l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
		if len(log) == int(x.entry.Seq)-1 {
			log = append(log, proto.CloneOf(x.entry))
		}
		return log
	})
	spoil(l, "ReadEpochs", func(q *pb.ReadEpochsRequest, a *pb.ReadEpochsResponse) {
		if q.FromEpoch <= x.bundle.Epoch {
			b := proto.CloneOf(x.bundle)
			if q.WithCommits {
				b.Commit = proto.CloneOf(x.entry)
				b.Commit.Link = make([]byte, 32) // this answer's links are not looked at
			}
			a.Bundles = append(a.Bundles, b)
		}
	})
}

// TestGhostDevice: a device that the server lets into a conversation, as a
// further device of one of its participants, is refused by everybody, live and
// at restore, and nothing is sent to it.
func TestGhostDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	bob.sync()
	l := w.liar()
	l.watchLog(w, code, "bob")

	// What a joining device would get.
	var group *pb.GetGroupResponse
	var id convo.ID
	spoil(l, "GetGroup", func(q *pb.GetGroupRequest, a *pb.GetGroupResponse) {
		id, _ = convo.IDFromBytes(q.Conversation)
		group = proto.CloneOf(a)
		a.GroupInfo = nil
	})
	joiner, _, err := w.restoreCode("bob", code)
	w.must(err)
	_, err = joiner.Send(w.ctx, "alice", client.Outgoing{Text: "this does not go out yet", Key: "k"})
	w.misbehaved(err, fault.PromiseProved)
	l.honest()
	if group == nil {
		t.Fatal("the liar has seen no group")
	}
	who, err := alice.Whoami(w.ctx)
	w.must(err)
	as, err := account.ParseID(who.Account)
	w.must(err)

	for name, psk := range map[string][]byte{"without the join key": nil, "with a guessed join key": make([]byte, convo.JoinKeySize)} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			x := l.ghost(w, id, group, as, psk)
			l.show(id, x)
			_, live := bob.History(w.ctx, "alice", client.Page{})
			_, _, restored := w.restoreCode("bob", code)
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(live, fault.PromiseEncrypted)
			w.misbehaved(restored, fault.PromiseEncrypted)
		})
	}
	bob.sync()
	bob.say("alice", "all is well")
	joiner.sync()
	alice.sync()
	alice.sees("bob", "alice: hello", "bob: all is well", "bob: this does not go out yet")
}
