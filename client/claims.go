package client

import (
	"bytes"
	"context"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tableLeft holds the files of own messages that this account has deleted for
// itself while others still had a claim on the message: .ID(conversation).
// Uint64(seq). Once the server has erased the message, because nobody claims it any
// more, its files go, too, unless a forward holds them (docs/adr/0028).
var tableLeft = store.Table("bl")

// askLeftEvery is how often a device asks what has become of them.
const askLeftEvery = time.Hour

// claimOf is the claim that an own message has on a blob: its uploader's, or that
// of a forward.
func claimOf(m *content.Message, id content.MessageID, name blob.ID) []byte {
	if isForward(m) {
		return append(name[:len(name):len(name)], id[:]...)
	}
	return append(name[:len(name):len(name)], letGo)
}

// letGo stands behind a blob's name in tableDoomed where the uploader needs it no
// more, and others may.
const letGo = 1

// leave notes the files of an own message that is being deleted for this account.
func (f *fold) leave(ctx context.Context, r *record) error {
	if r.account != f.e.self.id || r.id.IsZero() {
		return nil
	}
	raw, err := f.e.contentOf(ctx, f.c, r)
	if err != nil {
		return err
	}
	if m, err := content.Parse(raw); err == nil { // else it has been scrubbed before
		f.leaveFiles(r.seq, m, r.id)
	}
	return nil
}

func (f *fold) leaveFiles(seq uint64, m *content.Message, id content.MessageID) {
	var v []byte
	for _, a := range m.View().Attachments {
		if name, ok := blob.Of(a.URL); ok {
			v = syntax.AppendOpaque(v, claimOf(m, id, name))
		}
	}
	if v != nil {
		f.b.Set(tableLeft.ID(f.c.id[:]).Uint64(seq).Bytes(), v)
	}
}

// askLeft asks, now and then, which of the messages whose files wait are erased.
func (e *Engine) askLeft(ctx context.Context) error {
	now := e.cfg.Now()
	if age := now.Sub(e.leftAsked); age >= 0 && age < askLeftEvery {
		return nil
	}
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		var seqs []uint64
		err := e.cfg.Store.Scan(ctx, tableLeft.ID(c.id[:]).Range(), func(key, _ []byte) error {
			seq, ok := store.Last(key)
			if !ok {
				return damaged(nil, "files left")
			}
			seqs = append(seqs, seq)
			return nil
		})
		if err != nil {
			return err
		}
		if c.st.Gone {
			continue // the server says nothing more of it
		}
		for len(seqs) > 0 {
			n := min(len(seqs), releaseAtOnce)
			if err := e.release(ctx, c.id, seqs[:n]); err != nil {
				return err
			}
			seqs = seqs[n:]
		}
	}
	e.leftAsked = now
	return nil
}

// release tells the server that this account needs entries no more, and drops the
// files of those that nobody does.
func (e *Engine) release(ctx context.Context, id convo.ID, seqs []uint64) error {
	r, err := e.conversations().ReleaseClaims(ctx, &wire.ReleaseClaimsRequest{Conversation: id[:], Seqs: seqs})
	if err != nil {
		return fault.FromServer(err)
	}
	var b store.Batch
	found := false
	for _, seq := range r.Erased {
		key := tableLeft.ID(id[:]).Uint64(seq)
		v, err := e.get(ctx, key)
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		for rd := syntax.NewReader(v); rd.More(); {
			claim := rd.Opaque()
			if rd.Err() != nil {
				return damaged(rd.Err(), "files left")
			}
			b.Set(tableDoomed.ID(claim).Bytes(), claim)
		}
		b.Delete(key.Bytes())
		found = true
	}
	if !found {
		return nil
	}
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	return e.deleteDoomed(ctx)
}

// holdForwarded lays a claim on the files of forwards that are about to be sent,
// so that they stay when whoever sent them first deletes the message. That a file
// is gone, or has more claims than the server counts, holds up no message.
func (e *Engine) holdForwarded(ctx context.Context, list []*queued) error {
	for _, q := range list {
		if len(q.sealed) > 0 || !bytes.Contains(q.content, keyForwardedText) {
			continue
		}
		m, err := content.Parse(q.content)
		if err != nil {
			return damaged(err, "outbox")
		}
		if !isForward(m) {
			continue
		}
		for _, a := range m.View().Attachments {
			host, name, ok := blob.ParseURL(a.URL)
			if !ok || host != e.self.host {
				continue
			}
			token := blob.HoldToken(e.self.roots.At(1), name, q.id)
			err := e.blobs().Hold(ctx, name, blob.DeletionHash(token))
			clear(token)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
