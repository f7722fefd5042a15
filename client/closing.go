package client

import (
	"bytes"
	"context"
	"fmt"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// The account's end as this device goes through it (spec/device-store.md).
var (
	keyCloseEntry = store.Table("ae").Uint64(0) // the close entry that was signed
	keyReceipt    = store.Table("ae").Uint64(1) // the server's receipt
	keyLeftOver   = store.Table("ae").Uint64(2) // what others may keep, in sentences
)

// ErrAccountClosed says that the account was closed. It is ErrDeviceRemoved too:
// what a device holds stays readable on it.
var ErrAccountClosed = fmt.Errorf("client: the account was closed (%w)", ErrDeviceRemoved)

func closedError(at string) *fault.Error {
	return &fault.Error{
		Kind: fault.KindRefused, Mark: ErrAccountClosed,
		Message: "the account was closed" + at + "; what is here can still be read until you delete this folder, nothing new comes or goes",
	}
}

// ClosedAccount is how an account ended.
type ClosedAccount struct {
	Receipt *account.Receipt
	// Raw is the receipt as it is kept (spec/closing.md).
	Raw []byte
	// LeftOver says in sentences what could not be deleted elsewhere, such as a
	// share at a realm that was away. It opens nothing any more.
	LeftOver []string
}

// CloseAccount ends the account, for good: it ends or leaves every conversation,
// deletes the files that the account has uploaded, its PINs at their realms and its
// keys in clouds, appends a close entry to the chain, and has the server erase what
// it holds. It may be called again after whatever cut it short, and goes on; after
// the end it returns the receipt again. What is on this and other devices stays.
func (e *Engine) CloseAccount(ctx context.Context) (ClosedAccount, error) {
	var out ClosedAccount
	err := e.withAccount(ctx, func() error {
		done, err := e.storedReceipt(ctx, &out)
		if done || err != nil {
			return err
		}
		entry, err := e.get(ctx, keyCloseEntry)
		if err != nil {
			return err
		}
		if entry == nil {
			if err := e.beforeClosing(ctx); err != nil {
				return err
			}
		}
		if err := e.postClose(ctx, entry); err != nil {
			return err
		}
		_, err = e.storedReceipt(ctx, &out)
		return err
	})
	return out, err
}

// storedReceipt reads the receipt, if there is one.
func (e *Engine) storedReceipt(ctx context.Context, out *ClosedAccount) (bool, error) {
	raw, err := e.get(ctx, keyReceipt)
	if err != nil || raw == nil {
		return false, err
	}
	if out.Receipt, err = account.ParseReceipt(raw); err != nil {
		return false, damaged(err, "receipt")
	}
	out.Raw = raw
	v, err := e.get(ctx, keyLeftOver)
	if err != nil || v == nil {
		return true, err
	}
	r := syntax.NewReader(v)
	for r.More() && r.Charge(3*16) { // a string's header, and the list's growth
		out.LeftOver = append(out.LeftOver, r.String())
	}
	if r.Done() != nil {
		return true, damaged(r.Err(), "receipt")
	}
	return true, nil
}

// postClose signs the close entry, on a newer chain where another device was
// faster, and posts it until there is a receipt.
func (e *Engine) postClose(ctx context.Context, entry []byte) error {
	const attempts = 5
	for range attempts {
		if entry == nil {
			var err error
			if entry, err = e.signClose(ctx); err != nil {
				return err
			}
		}
		err := e.erased(ctx, entry)
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindStale || kind == wire.ErrorKindUnknownHead {
			entry = nil
			continue
		}
		return fault.FromServer(err)
	}
	return fault.Failed(nil, "another device of this account keeps changing it; try again")
}

// signClose makes the close entry and keeps it before anybody sees it.
func (e *Engine) signClose(ctx context.Context) ([]byte, error) {
	if err := e.refreshSelf(ctx); err != nil {
		return nil, err
	}
	if err := e.syncPrivate(ctx); err != nil {
		return nil, err
	}
	pos, err := e.privatePosition(ctx)
	if err != nil {
		return nil, err
	}
	entry, _, err := e.self.chain.Close(account.Author{Secret: e.self.device, Time: e.cfg.Now(), LogHead: pos.Head})
	if err != nil {
		return nil, asUsage(err)
	}
	var b store.Batch
	b.Set(keyCloseEntry.Bytes(), entry.Marshal())
	return entry.Marshal(), e.apply(ctx, &b)
}

// erased asks the server to take the entry and erase, until it hands out a receipt,
// and keeps that. Errors of the call are as the transport gave them.
func (e *Engine) erased(ctx context.Context, entry []byte) error {
	client := wire.ClosingClient{Doer: e.transport} // the session dies with the entry
	total := uint32(0)
	for skewed := false; ; {
		nonce := make([]byte, account.MinNonce)
		if err := e.random(nonce); err != nil {
			return err
		}
		proof, err := e.self.device.CloseProof(e.self.host, e.self.id, nonce, e.serverNow())
		if err != nil {
			return fault.Failed(err, "the account's end cannot be signed")
		}
		r, err := client.CloseAccount(ctx, &wire.CloseAccountRequest{Entry: entry, Proof: proof})
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindInvalid && !skewed {
			skewed = true
			if off, skewErr := e.measureSkew(ctx); skewErr == nil && off {
				continue
			}
		}
		if err != nil {
			return err
		}
		if len(r.Receipt) > 0 {
			return e.keepReceipt(ctx, entry, r.Receipt)
		}
		total = max(total, r.Conversations)
		e.cfg.Progress(Progress{Task: "erase", Done: int64(total - r.Conversations), Total: int64(total)})
	}
}

// keepReceipt verifies a receipt and stores it with the chain's last entry.
func (e *Engine) keepReceipt(ctx context.Context, data, raw []byte) error {
	bad := func(err error) error {
		return fault.Broken(fault.PromiseDeleted, err, "the server's receipt for the erasure does not hold")
	}
	entry, err := account.ParseEntry(data)
	if err != nil {
		return damaged(err, "close entry")
	}
	chain := e.self.chain
	if _, closed := chain.ClosedAt(); !closed {
		if chain, err = chain.Append(entry); err != nil {
			return bad(err)
		}
	}
	r, err := account.ParseReceipt(raw)
	if err != nil {
		return bad(err)
	}
	if !bytes.Equal(r.Key[:], e.self.serverKey) || r.Account != e.self.id || r.Host != e.self.host ||
		r.Handle != e.self.handle || r.Head != chain.Head() || r.Head.Hash != entry.Hash() {
		return bad(nil)
	}
	var b store.Batch
	setChain(&b, chain)
	b.Set(keyReceipt.Bytes(), raw)
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	return e.keepChain(chain)
}

// peerClosed is the error of sending to an account that has ended a conversation
// of two; nil while it goes on.
func (e *Engine) peerClosed(ctx context.Context, c *conversation) error {
	if !c.endedByPeer() {
		return nil
	}
	chain, err := e.freshChain(ctx, c.st.Peer)
	if err != nil {
		return err
	}
	return endedError(e.handleOf(ctx, c.st.Peer), chain)
}

func endedError(handle string, chain *account.Chain) *fault.Error {
	at, closed := chain.ClosedAt()
	if !closed {
		return fault.Refused("%s has ended this conversation; nothing more can be sent in it", handle)
	}
	return fault.Refused("%s closed the account on %s; nothing can be sent to it any more", handle, onDay(timeOf(chain.Entry(at).Time)))
}

// notClosed refuses an account that was closed, to begin something with.
func (e *Engine) notClosed(ctx context.Context, id account.ID) error {
	chain, err := e.freshChain(ctx, id)
	if err != nil {
		return err
	}
	if _, closed := chain.ClosedAt(); closed {
		return endedError(e.handleOf(ctx, id), chain)
	}
	return nil
}

// isClosed reports whether this device knows that an account was closed.
func (e *Engine) isClosed(ctx context.Context, id account.ID) (bool, error) {
	chain, err := e.storedChain(ctx, id)
	if err != nil || chain == nil {
		return false, err
	}
	_, closed := chain.ClosedAt()
	return closed, nil
}

// hearOfEnd looks whether who has ended a conversation of two has closed the
// account.
func (e *Engine) hearOfEnd(ctx context.Context, c *conversation) error {
	if !c.endedByPeer() {
		return nil
	}
	if closed, err := e.isClosed(ctx, c.st.Peer); closed || err != nil {
		return err
	}
	_, err := e.freshChain(ctx, c.st.Peer)
	return err
}
