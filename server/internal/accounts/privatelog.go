package accounts

import (
	"context"
	"errors"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/privatelog"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

const (
	maxLogPage      = 256
	maxLogPageBytes = 4 << 20
)

var errStaleLog = fail.Kind(fail.Stale, "the private log or the chain has grown: fetch it, and write the entry anew")

// AppendPrivateLog implements the service. Entries that stand in the log already
// are accepted again, all of them, for clients that missed the answer.
func (s *Service) AppendPrivateLog(ctx context.Context, req *connect.Request[cofferv1.AppendPrivateLogRequest]) (*connect.Response[cofferv1.AppendPrivateLogResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	done := &cofferv1.AppendPrivateLogResponse{}
	list, err := parseLog(req.Msg.GetEntries(), caller.Keyholder)
	if err != nil {
		return nil, err
	}
	var at privatelog.Position
	if a, err := s.account(ctx, caller.Account); err != nil {
		return nil, err
	} else if at = a.Log; list[0].Seq <= at.Head.Seq {
		return answer(done, s.sameLog(ctx, caller.Account, req.Msg.GetEntries(), list[0].Seq))
	}
	next := at
	for _, e := range list {
		if next, err = privatelog.CheckAppend(caller.Chain, next, e); err != nil {
			return nil, refuseLog(err)
		}
	}
	if err := s.Write(caller.Account, proto.Size(req.Msg)); err != nil {
		return nil, err
	}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error {
		a, err := tx.Account()
		if err != nil {
			return err
		}
		// A chain that has grown meanwhile may have removed the writer or opened
		// a vault epoch.
		if a.Log != at || a.ChainSeq != caller.Chain.Head().Seq {
			return errStaleLog
		}
		return tx.AppendPrivateLog(list[0].Seq, req.Msg.GetEntries(), next)
	})
	if err == nil {
		s.Bus.Publish(caller.Account)
	}
	return answer(done, err)
}

// parseLog parses entries, which must be one after the other and the caller's.
func parseLog(data [][]byte, device account.KeyholderID) ([]*privatelog.Entry, error) {
	if len(data) == 0 {
		return nil, fail.Kind(fail.Malformed, "no entries")
	}
	list := make([]*privatelog.Entry, len(data))
	for i, b := range data {
		e, err := privatelog.ParseEntry(b)
		if err != nil || len(e.Ciphertext) == 0 {
			return nil, fail.Kind(fail.Malformed, "an entry does not parse")
		}
		if e.Device != device {
			return nil, fail.Kind(fail.Forbidden, "a device appends what it signed itself")
		}
		list[i] = e
	}
	return list, nil
}

func refuseLog(err error) error {
	switch {
	case errors.Is(err, privatelog.ErrSequence), errors.Is(err, privatelog.ErrLink),
		errors.Is(err, privatelog.ErrVaultEpoch), errors.Is(err, privatelog.ErrChainOlder):
		return errStaleLog
	case errors.Is(err, account.ErrFork):
		return fail.Kind(fail.UnknownHead, "the entry names a chain head that the chain lacks")
	}
	return fail.Kind(fail.Invalid, "the entry may not follow this log")
}

// sameLog returns nil if the log has these very entries from seq on.
func (s *Service) sameLog(ctx context.Context, id account.ID, entries [][]byte, seq uint64) error {
	return s.Store.ViewAccount(ctx, id, func(v store.AccountView) error {
		have, err := v.PrivateLog(seq, len(entries), 0)
		if err != nil {
			return err
		}
		for i, e := range entries {
			if i >= len(have) || string(have[i]) != string(e) {
				return errStaleLog
			}
		}
		return nil
	})
}

// namesLog checks that the private-log head which a chain entry names is one
// that the log has: otherwise no device could ever verify the log again.
func (s *Service) namesLog(v store.AccountView, id account.ID, a store.Account, e *account.Entry) error {
	names := []account.LogHead{e.LogHead}
	if removal, ok := e.Body.(*account.Remove); ok {
		for _, r := range removal.Removals {
			names = append(names, r.LogHead)
		}
	}
	for _, h := range names {
		if h.Seq == 0 || h == a.Log.Head {
			continue
		}
		unknown := fail.Kind(fail.UnknownHead, "the entry names a head that the private log lacks: fetch the log first")
		if h.Seq > a.Log.Head.Seq {
			return unknown
		}
		list, err := v.PrivateLog(h.Seq, 1, 0)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return unknown
		}
		at, err := privatelog.ParseEntry(list[0])
		if err != nil {
			return err
		}
		if at.Head(id) != h {
			return unknown
		}
	}
	return nil
}

// ReadPrivateLog implements the service.
func (s *Service) ReadPrivateLog(ctx context.Context, req *connect.Request[cofferv1.ReadPrivateLogRequest]) (*connect.Response[cofferv1.ReadPrivateLogResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	m := &cofferv1.ReadPrivateLogResponse{}
	err = s.Store.ViewAccount(ctx, caller.Account, func(v store.AccountView) error {
		a, err := v.Account()
		if err != nil {
			return err
		}
		m.HeadSeq = a.Log.Head.Seq
		m.Entries, err = v.PrivateLog(req.Msg.GetFromSeq(), page(req.Msg.GetLimit(), maxLogPage), maxLogPageBytes)
		return err
	})
	return answer(m, err)
}

// page is a page length that a client asked for, 0 for the greatest.
func page(asked uint32, most int) int {
	if asked == 0 || int64(asked) > int64(most) {
		return most
	}
	return int(asked)
}
