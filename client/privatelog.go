package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/core/privatelog"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// privatePosition is how far this device has verified the private log.
func (e *Engine) privatePosition(ctx context.Context) (privatelog.Position, error) {
	v, err := e.get(ctx, keyPrivate)
	if err != nil || v == nil {
		return privatelog.Position{}, err
	}
	r := syntax.NewReader(v)
	pos := privatelog.Position{Head: account.ReadLogHead(r), ChainSeq: r.Uint64()}
	if r.Done() != nil {
		return privatelog.Position{}, fault.Failed(r.Err(), "the device's store is damaged: private log")
	}
	return pos, nil
}

func setPrivatePosition(b *store.Batch, pos privatelog.Position) {
	b.Set(keyPrivate.Bytes(), syntax.AppendUint64(pos.Head.Append(nil), pos.ChainSeq))
}

// appendPrivate appends payloads to the private log and applies them here. They
// may be applied before an error, never twice.
func (e *Engine) appendPrivate(ctx context.Context, payloads ...payload.Payload) error {
	const attempts, perCall = 5, 16
	for len(payloads) > 0 {
		n := min(perCall, len(payloads))
		done := false
		for try := 0; !done; try++ {
			if try == attempts {
				return fault.Failed(nil, "another device of this account keeps writing; try again")
			}
			if err := e.syncPrivate(ctx); err != nil {
				return err
			}
			err := e.postPrivate(ctx, payloads[:n])
			if kind, _ := fault.Refusal(err); kind == wire.ErrorKindStale {
				continue
			}
			if err != nil {
				return fault.FromServer(err)
			}
			done = true
		}
		payloads = payloads[n:]
	}
	// What was posted comes back like everybody's entries, so that a crash
	// between the two loses nothing.
	if err := e.syncPrivate(ctx); err != nil {
		return err
	}
	return e.writeWitness(ctx)
}

func (e *Engine) postPrivate(ctx context.Context, payloads []payload.Payload) error {
	if err := e.refreshSelf(ctx); err != nil {
		return err
	}
	pos, err := e.privatePosition(ctx)
	if err != nil {
		return err
	}
	head := pos.Head
	req := &wire.AppendPrivateLogRequest{}
	for _, p := range payloads {
		entry, err := privatelog.Seal(e.cfg.Rand, e.self.device, e.cfg.Now(), e.self.chain, e.self.roots, head, p.Bytes())
		if err != nil {
			return fault.Failed(err, "the private log entry cannot be sealed")
		}
		head = entry.Head(e.self.id)
		req.Entries = append(req.Entries, entry.Marshal())
	}
	_, err = e.account().AppendPrivateLog(ctx, req)
	return err
}

// syncPrivate verifies and applies what is new in the private log.
func (e *Engine) syncPrivate(ctx context.Context) error {
	for {
		pos, err := e.privatePosition(ctx)
		if err != nil {
			return err
		}
		r, err := e.account().ReadPrivateLog(ctx, &wire.ReadPrivateLogRequest{FromSeq: pos.Head.Seq + 1, Limit: 256})
		if err != nil {
			return fault.FromServer(err)
		}
		if len(r.Entries) == 0 {
			if r.HeadSeq > pos.Head.Seq {
				return fault.Broken(fault.PromiseProved, nil, "the server withholds entries of the private log")
			}
			if err := privatelog.CheckEnd(e.self.chain, pos); err != nil {
				return fault.Broken(fault.PromiseProved, err, "the server cut the private log short")
			}
			return nil
		}
		if err := e.applyPrivateRun(ctx, pos, r.Entries); err != nil {
			return err
		}
	}
}

func (e *Engine) applyPrivateRun(ctx context.Context, pos privatelog.Position, raw [][]byte) error {
	entries := make([]*privatelog.Entry, len(raw))
	newest := uint64(0)
	for i, b := range raw {
		var err error
		if entries[i], err = privatelog.ParseEntry(b); err != nil {
			return fault.Broken(fault.PromiseProved, err, "the server sent a damaged private log entry")
		}
		if head := entries[i].Head(e.self.id); head.Seq == e.handed.Seq && head != e.handed {
			return fault.Broken(fault.PromiseProved, nil, "the server's private log is not the one that the other device has seen")
		}
		newest = max(newest, entries[i].Chain.Seq)
	}
	if newest > e.self.chain.Head().Seq {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
	}
	mine, next, err := privatelog.Verify(e.self.chain, pos, entries, e.cfg.Parallel)
	if err != nil {
		return fault.Broken(fault.PromiseProved, err, "the server sent a private log that does not verify")
	}
	var b store.Batch
	for _, entry := range mine {
		plain, err := privatelog.Open(e.self.roots, entry)
		if err != nil {
			return fault.Broken(fault.PromiseProved, err, "an entry of the private log does not open")
		}
		p, known := payload.Parse(plain)
		if !known {
			continue // of a later version of this program
		}
		p.Device, p.AtMS = entry.Device, entry.Time
		if err := e.applyPrivate(ctx, &b, entry.Seq, p); err != nil {
			return err
		}
	}
	setPrivatePosition(&b, next)
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	return e.loadDevices(ctx)
}
