package convos

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/store"
)

const (
	maxPage      = 1000
	maxPageBytes = 4 << 20
)

// ReadLog implements the service. Who has left or was removed reads up to there,
// and gets the head that was then.
func (s *Service) ReadLog(ctx context.Context, req *connect.Request[cofferv1.ReadLogRequest]) (*connect.Response[cofferv1.ReadLogResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	m := &cofferv1.ReadLogResponse{}
	var head convo.LogHead
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error {
		if head, err = s.readable(v, caller); err != nil {
			return err
		}
		from := req.Msg.GetFromSeq()
		if req.Msg.GetDescending() && (from == 0 || from > head.Seq) {
			from = head.Seq
		}
		list, err := v.Entries(from, req.Msg.GetDescending(), page(req.Msg.GetLimit(), maxPage), maxPageBytes)
		for i := range list {
			if list[i].Seq <= head.Seq {
				m.Entries = append(m.Entries, wire(&list[i]))
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	m.Head = s.head(id, head)
	return connect.NewResponse(m), nil
}

// readable returns the head that a caller may read up to.
func (s *Service) readable(v store.ConversationView, caller *auth.Caller) (convo.LogHead, error) {
	p, err := reader(v, caller.Account)
	if err != nil {
		return convo.LogHead{}, err
	}
	c, err := v.Conversation()
	if err != nil {
		return convo.LogHead{}, err
	}
	to := readableTo(p)
	if to == 0 {
		return c.Head, nil
	}
	link, err := v.Link(to)
	return convo.LogHead{Seq: to, Link: link}, err
}

// ReadEpochs implements the service. With the commits' entries it is all that a
// walk over the commits needs.
func (s *Service) ReadEpochs(ctx context.Context, req *connect.Request[cofferv1.ReadEpochsRequest]) (*connect.Response[cofferv1.ReadEpochsResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	m := &cofferv1.ReadEpochsResponse{}
	var head convo.LogHead
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error {
		if head, err = s.readable(v, caller); err != nil {
			return err
		}
		c, err := v.Conversation()
		if err != nil {
			return err
		}
		m.Generation = c.Generation
		limit := page(req.Msg.GetLimit(), maxPage)
		list, err := v.Epochs(req.Msg.GetGeneration(), req.Msg.GetFromEpoch(), limit, maxPageBytes)
		if err != nil {
			return err
		}
		size := 0
		for i := range list {
			if list[i].Seq > head.Seq {
				return nil
			}
			b, err := bundle(v, &list[i], caller)
			if err != nil {
				return err
			}
			if req.Msg.GetWithCommits() {
				commit, err := v.Entry(list[i].Seq)
				if err != nil {
					return err
				}
				if size += len(b.HeadTable) + len(b.Record) + len(commit.Body); size > maxPageBytes && i > 0 {
					m.More = true
					return nil
				}
				b.Commit = wire(&commit)
			}
			m.Bundles = append(m.Bundles, b)
		}
		if n := len(list); n > 0 {
			next, err := v.Epochs(req.Msg.GetGeneration(), list[n-1].Epoch+1, 1, 0)
			m.More = len(next) > 0 && next[0].Seq <= head.Seq
			return err
		}
		return nil
	})
	m.Head = s.head(id, head)
	return answer(m, err)
}

// bundle is what a commit brought, with the caller's own deposit and the proof
// that it is among those that the committer signed.
func bundle(v store.ConversationView, e *store.Epoch, caller *auth.Caller) (*cofferv1.EpochBundle, error) {
	tree := make([][32]byte, len(e.Leaves)/32)
	for i := range tree {
		tree[i] = [32]byte(e.Leaves[32*i:])
	}
	root := convo.DepositRoot(tree)
	b := &cofferv1.EpochBundle{
		Generation: e.Generation, Epoch: e.Epoch, Seq: e.Seq, HeadTable: e.HeadTable, Record: e.Record,
		DepositRoot: root[:], Signature: e.Signature, DepositCount: uint32(len(tree)),
	}
	d, err := v.Deposit(e.Generation, e.Epoch, caller.Account)
	if errors.Is(err, store.ErrNotFound) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	b.Deposit, b.DepositIndex = deposit(&d, d.Sealed), d.Index
	for _, h := range convo.DepositProof(tree, int(d.Index)) {
		b.DepositProof = append(b.DepositProof, h[:])
	}
	if d.Repaired != nil {
		b.Repaired, b.RepairedBy = deposit(&d, d.Repaired), d.RepairedBy
	}
	return b, nil
}

func deposit(d *store.Deposit, sealed []byte) *cofferv1.Deposit {
	return &cofferv1.Deposit{Account: d.Account[:], VaultEpoch: d.VaultEpoch, Sealed: sealed}
}
