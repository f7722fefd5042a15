package client

import (
	"context"
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// endedByPeer reports whether the other one has left a conversation of two.
func (c *conversation) endedByPeer() bool {
	return c.st.Kind == convo.Direct && slices.Contains(c.st.Leaving, c.st.Peer)
}

// beforeClosing does what only a device of an open account can do. Each step may be
// repeated.
func (e *Engine) beforeClosing(ctx context.Context) error {
	if err := e.refreshSelf(ctx); err != nil {
		return err
	}
	var left []string
	// Nobody who spoils a conversation is to keep an account from being closed.
	notes := func(err error) error {
		var told *fault.Error
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fault.FromServer(ctx.Err())
		case !errors.As(err, &told) || e.self == nil || fault.KindOf(err) == fault.KindUnreachable:
			return err
		}
		left = append(left, told.Message)
		return nil
	}
	for _, step := range []func(context.Context) error{e.syncPrivate, e.pull, e.fillAll, e.doomAll, e.deleteDoomed} {
		if err := notes(step(ctx)); err != nil {
			return err
		}
	}
	if err := e.leaveAll(ctx, notes); err != nil {
		return err
	}
	for _, k := range e.keyholders(account.Kind.IsRecovery) {
		var err error
		switch k.Kind {
		case account.KindPIN:
			if err = e.deletePIN(ctx, k.ID); err != nil {
				err = fault.Failed(err, "a realm keeps shares of the PIN, which open nothing any more")
			}
		case account.KindCloud:
			err = e.dropClosingCloud(ctx, k.ID)
		}
		if err := notes(err); err != nil {
			return err
		}
	}
	v := []byte{}
	for _, s := range left {
		v = syntax.AppendString(v, s)
	}
	var b store.Batch
	b.Set(keyLeftOver.Bytes(), v)
	return e.apply(ctx, &b)
}

// dropClosingCloud deletes the file of a key in a cloud.
func (e *Engine) dropClosingCloud(ctx context.Context, id account.KeyholderID) error {
	text, err := e.cloudPlaceOf(ctx, id)
	if err != nil {
		return err
	}
	name := account.CloudFileName(e.self.id, id)
	if text == "" {
		return fault.Failed(nil, "where the cloud's file %s is nobody has noted: delete it yourself; it opens nothing any more", name)
	}
	if keptByHand(text) {
		return fault.Failed(nil, "the file %s that you keep opens nothing any more: delete it yourself", name)
	}
	place, _, err := e.openPlace(text)
	if err == nil {
		err = place.Delete(ctx, name)
	}
	if err != nil {
		return fault.Failed(err, "the file %s in %s could not be deleted: delete it yourself; it opens nothing any more", name, text)
	}
	return nil
}

// leaveAll leaves every group and ends every conversation of two, so that each log
// says that the account is gone. Of an error that concerns one conversation, notes
// returns nil.
func (e *Engine) leaveAll(ctx context.Context, notes func(error) error) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for i, c := range list {
		if c.st.Gone || !c.st.known() {
			continue
		}
		if err := notes(e.leaveOne(ctx, c)); err != nil {
			return err
		}
		e.cfg.Progress(Progress{Task: "leave", Done: int64(i + 1), Total: int64(len(list))})
	}
	return nil
}

func (e *Engine) leaveOne(ctx context.Context, c *conversation) error {
	if err := e.handOver(ctx, c); err != nil {
		return err
	}
	l := &convo.Leave{Conversation: c.id, Account: e.self.id, Device: e.self.device.ID(), Log: c.st.Top}
	l.Sign(e.self.device)
	_, err := e.conversations().PostLeave(ctx, &wire.PostLeaveRequest{Conversation: c.id[:], Leave: l.Append(nil)})
	// Who was removed meanwhile has nothing to leave.
	if kind, _ := fault.Refusal(err); err != nil && kind != wire.ErrorKindForbidden {
		return fault.FromServer(err)
	}
	return e.syncConv(ctx, c)
}

// doomAll notes every file that this account has uploaded and this device knows of:
// those of own messages and of imported ones.
func (e *Engine) doomAll(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		var b store.Batch
		err := e.cfg.Store.Scan(ctx, tablePage.ID(c.id[:]).Range(), func(_, v []byte) error {
			p, err := parsePage(v)
			if err != nil {
				return damaged(err, "messages")
			}
			return e.doomPage(ctx, &b, c, p)
		})
		if err != nil {
			return err
		}
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
	}
	threads, err := e.allThreads(ctx)
	if err != nil {
		return err
	}
	for _, t := range threads {
		if err := e.doomThread(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) doomPage(ctx context.Context, b *store.Batch, c *conversation, p *page) error {
	for _, r := range p {
		if r == nil || r.kind != recordMessage || r.account != e.self.id {
			continue
		}
		raw, err := e.contentOf(ctx, c, r)
		if err != nil {
			return err
		}
		if m, err := content.Parse(raw); err == nil {
			doom(b, m, r.id)
		}
	}
	return nil
}

func (e *Engine) doomThread(ctx context.Context, t *thread) error {
	if t.count == 0 {
		return nil
	}
	var b store.Batch
	last, _ := importedPlace(t.count)
	for n := uint64(0); n <= last; n++ {
		p, err := t.loadPage(ctx, e, n)
		if err != nil {
			return err
		}
		for _, m := range p {
			if m == nil {
				continue
			}
			for _, a := range m.Files {
				if blob, ok := blob.Of(a.URL); ok {
					setDoomed(&b, blob)
				}
			}
		}
	}
	return e.apply(ctx, &b)
}
