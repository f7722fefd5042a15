package server_test

import (
	"crypto/rand"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// joinKey opens the account's deposit of the newest epoch, as a fresh device does.
func (x *talk) joinKey() []byte {
	x.Helper()
	b := x.bundles[len(x.bundles)-1]
	root := x.Roots.At(b.GetDeposit().GetVaultEpoch())
	if root == nil {
		x.Fatal("no root for the deposit")
	}
	var commit []byte
	for _, e := range x.log() {
		if e.GetSeq() == b.GetSeq() {
			commit = e.GetBody()
		}
	}
	s, err := x.pos.Open(root.KEM(), x.pos.Place(commit, x.device.id(), b.GetDeposit().GetVaultEpoch()), b.GetDeposit().GetSealed())
	x.ok(err)
	return append([]byte(nil), s.JoinKey[:]...)
}

// prepareExternal prepares an external commit with a join key; remove may be nil.
func (x *talk) prepareExternal(key []byte, remove *mls.LeafIndex, people ...*person) *change {
	x.Helper()
	r := call(x.world, x.convos.GetGroup, &cofferv1.GetGroupRequest{Conversation: x.id[:]})
	t := x.table(people...)
	h := convo.CommitHeader{Log: x.head, HeadTable: [32]byte(t.Hash()), Idempotency: random16()}
	leaf := x.leaf()
	o := mls.ExternalOptions{Tree: r.GetRatchetTree(), Leaf: leaf, Remove: remove, AuthenticatedData: h.Append(nil), KeepHistory: true}
	if key != nil {
		o.PSKs = []mls.PSK{mls.ExternalPSK(convo.JoinKeyID(x.id, x.pos.Generation, x.pos.Epoch), key)}
	}
	staged, err := mls.JoinExternal(rand.Reader, r.GetGroupInfo(), o)
	x.ok(err)
	u := x.unit(x.pos, x.pos.State.Participants, staged, leaf.SignatureKey, t, people)
	return &change{&cofferv1.PostCommitRequest{Conversation: x.id[:], Commit: u}, staged}
}

// joinExternal joins with the join key of the deposit.
func (x *talk) joinExternal(people ...*person) {
	x.Helper()
	x.walk(nil)
	c := x.prepareExternal(x.joinKey(), nil, people...)
	r := call(x.world, x.convos.PostCommit, c.request)
	x.head, x.group = headOf(r.GetHead()), c.staged.Group()
	x.walk(nil)
}

// prepareLeave signs a leave entry.
func (x *talk) prepareLeave() *convo.Leave {
	l := &convo.Leave{Conversation: x.id, Account: x.device.id(), Device: x.secret.ID(), Log: x.head}
	l.Sign(x.secret)
	return l
}

func (x *talk) leave() {
	x.Helper()
	call(x.world, x.convos.PostLeave, &cofferv1.PostLeaveRequest{Conversation: x.id[:], Leave: x.prepareLeave().Append(nil)})
}
