package itest

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/mls"
	serverstore "github.com/coffer-chat/coffer/server/store"
)

// historySuite is the cipher suite of a history to restore: the clients' own.
const historySuite = mls.MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519

// history is the size of a history to restore.
type history struct {
	conversations int
	epochs        int  // MLS epochs of each
	perEpoch      int  // messages in each epoch
	lines         bool // numbered texts of many heights; else words of a language
	// apart is the time between two messages of a conversation: the history ends now.
	// Sessions last for 30 days, so it is no longer in all.
	apart time.Duration
}

func (h history) messages() int { return h.conversations * h.epochs * h.perEpoch }

// makeHistory registers an account, has others write to it, and returns its
// recovery code. Conversations and commits go through the real API; messages,
// sealed as ever, are put into the server's database as it does it itself, those
// of an MLS epoch in one transaction, because a million calls would take hours.
func (w *benchServer) makeHistory(handle string, h history) (code string) {
	w.tb.Helper()
	w.skew.Store(-int64(h.apart) * int64(h.messages()))
	owner := w.register(handle)
	defer owner.Close()
	code, _, err := owner.AddCode(w.ctx)
	w.must(err)
	keys := w.serverKeys()
	var reader *account.Chain
	var begun sync.Mutex // bare devices are made one after the other
	next := make(chan int)
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for i := range next {
				begun.Lock()
				friend := w.bare(fmt.Sprintf("%s-friend%d", handle, i))
				if reader == nil {
					reader = friend.chainOf(handle)
				}
				x := friend.talkIn(historySuite, &bareDevice{w: w, chain: reader}, friend.claim(reader.ID()))
				begun.Unlock()
				text := newTexts(uint64(i))
				if h.lines {
					text = newLines()
				}
				for epoch := range h.epochs {
					if epoch > 0 {
						x.commit()
					}
					keys.append(x, text, h)
				}
			}
		})
	}
	for i := range h.conversations {
		next <- i
	}
	close(next)
	work.Wait()
	return code
}

// chainOf reads an account's chain.
func (d *bareDevice) chainOf(handle string) *account.Chain {
	w := d.w
	w.tb.Helper()
	r, err := d.Resolve(w.ctx, &wire.ResolveRequest{Handle: handle})
	w.must(err)
	list, err := d.GetChain(w.ctx, &wire.GetChainRequest{Account: r.Account, FromSeq: 1})
	w.must(err)
	chain, err := account.ParseChain(list.Entries)
	w.must(err)
	return chain
}

// claim takes a key package for each device of an account.
func (d *bareDevice) claim(id account.ID) (out []*mls.KeyPackage) {
	w := d.w
	w.tb.Helper()
	r, err := d.ClaimKeyPackages(w.ctx, &wire.ClaimKeyPackagesRequest{Account: id[:], Suite: uint32(historySuite)})
	w.must(err)
	for _, k := range r.KeyPackages {
		m, err := mls.ParseMessage(k.KeyPackage)
		w.must(err)
		out = append(out, m.KeyPackage)
	}
	if len(out) == 0 {
		w.tb.Fatal("the reader has no key packages")
	}
	return out
}

// commit renews the sender's keys and so begins an MLS epoch.
func (x *benchTalk) commit() {
	d, w := x.from, x.from.w
	w.tb.Helper()
	h := convo.CommitHeader{Log: x.head, HeadTable: x.table.Hash(), Idempotency: [16]byte(random(16))}
	staged, err := x.group.Commit(rand.Reader, mls.CommitOptions{ForcePath: true, AuthenticatedData: h.Append(nil)})
	w.must(err)
	before := &convo.Position{ID: x.id, Record: x.record, Table: x.table, State: &convo.State{Participants: x.list}}
	r, err := d.convos.PostCommit(w.ctx, &wire.PostCommitRequest{
		Conversation: x.id[:], Commit: d.unit(x.to, before, staged, x.group.SignatureKey(), x.table),
	})
	w.must(err)
	x.group, x.record = staged.Group(), w.recordOf(x.list, staged.Group())
	x.head = convo.LogHead{Seq: r.Head.Seq, Link: [32]byte(r.Head.Link)}
}

// serverKeys are what the server makes franks with.
type serverKeys struct {
	w      *benchServer
	signer ed25519.PrivateKey
	hub    frank.HubKey
}

func (w *benchServer) serverKeys() *serverKeys {
	w.tb.Helper()
	seed, err := w.db.Meta(w.ctx, "server key")
	w.must(err)
	secret, err := w.db.Meta(w.ctx, "hub key")
	w.must(err)
	hub, err := frank.HubKeyFromBytes(secret)
	w.must(err)
	return &serverKeys{w, ed25519.NewKeyFromSeed(seed), hub}
}

// append seals an epoch's messages and puts them into the server's database.
func (k *serverKeys) append(x *benchTalk, text func() string, h history) {
	w := k.w
	w.tb.Helper()
	sealed := make([][]byte, h.perEpoch)
	for i := range sealed {
		sealed[i] = x.seal(text()).Message
	}
	w.must(w.db.UpdateConversation(w.ctx, x.id, func(tx serverstore.ConversationTx) error {
		c, err := tx.Conversation()
		if err != nil {
			return err
		}
		for _, body := range sealed {
			if err := tx.Append(k.entry(x, &c, body)); err != nil {
				return err
			}
			w.skew.Add(int64(h.apart))
		}
		x.head = c.Head
		if err := tx.SetConversation(c); err != nil {
			return err
		}
		return tx.Wake()
	}))
}

// entry makes a message's entry and moves the head of c to it.
func (k *serverKeys) entry(x *benchTalk, c *serverstore.Conversation, body []byte) serverstore.Entry {
	w := k.w
	w.tb.Helper()
	outer, err := mls.ParseHeader(body)
	w.must(err)
	h, err := convo.ParseHeader(outer.AuthenticatedData)
	w.must(err)
	e := serverstore.Entry{
		Seq: c.Head.Seq + 1, Kind: convo.EntryMessage, Sender: convo.Sender{Account: x.from.chain.ID(), Device: x.from.secret.ID()},
		AcceptedMS: uint64(w.now().UnixMilli()), Epoch: outer.Epoch, Purpose: h.Purpose, Body: body, Idempotency: h.Idempotency[:],
	}
	at := frank.Context{Sender: x.sender(), Room: x.room(), AcceptedMs: e.AcceptedMS}
	e.Frank = k.hub.Frank(frank.Tag(h.FrankingTag), at, c.Suite, k.signer).Append(nil)
	e.Link = convo.Link(c.Head.Link, &convo.EntryHashes{
		Seq: e.Seq, Kind: e.Kind, Sender: e.Sender, AcceptedMS: e.AcceptedMS,
		Header: convo.HashPart(outer.AuthenticatedData), Body: convo.HashPart(body), Frank: convo.HashPart(e.Frank),
	})
	c.Head, c.AcceptedMS = convo.LogHead{Seq: e.Seq, Link: e.Link}, e.AcceptedMS
	return e
}
