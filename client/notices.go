package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// The tables of notices (spec/device-store.md).
var (
	tableNotice   = store.Table("nt")           // .Uint64(n): one that was not shown yet
	keyNoticed    = store.Table("nc").Uint64(0) // own chain entries that were looked at
	keyNoticeLast = store.Table("nc").Uint64(1) // number of notices so far
	keyGuessRead  = store.Table("nc").Uint64(2) // when the guess logs were read last
)

// The kinds of notice.
const (
	NoticeAdded     = "added"     // a device or way back in was added
	NoticeRecovered = "recovered" // a way back in has let a device in
	NoticeRemoved   = "removed"
	NoticeVault     = "vault"   // the vault was turned on or off
	NoticeGuess     = "guess"   // the PIN was tried
	NoticeLocked    = "locked"  // the PIN is used up
	NoticeReset     = "reset"   // somebody asks for the handle, saying that all is lost: Text is asked, and Time when it is due, or stopped, or done
	NoticeContact   = "contact" // the handle in Text means a new account, by the server's word
	NoticeDeposit   = "deposit" // a commit came with keys for a restore that do not open, signed by its sender: Commit says whose
	NoticeRealm     = "realm"   // a realm says something else than before; without Text: none could be asked for a day
)

var noticeKinds = []string{"", NoticeAdded, NoticeRecovered, NoticeRemoved, NoticeVault, NoticeGuess, NoticeLocked, NoticeRealm, NoticeReset, NoticeContact, NoticeDeposit}

// The texts of a NoticeReset.
const (
	ResetAsked   = "asked"
	ResetStopped = "stopped"
	ResetDone    = "done"
)

// Notice is something that happened to the account and that its person should know
// of, because it may have been somebody else. What this device has done itself is
// none.
type Notice struct {
	Number uint64
	Kind   string
	Time   time.Time
	// Keyholder is whom it is about, By who did it; zero where it was nobody known.
	Keyholder, By Keyholder
	// Text is the realm's address, on or off, or lost or compromised.
	Text string
	// Guesses were made at the PIN; Wrong of them were not proved right.
	Guesses, Wrong int
	// Commit is what a NoticeDeposit is about, nil in others.
	Commit *BadCommit
}

// notice is a Notice as it is stored.
type notice struct {
	kind           uint8
	atMS           uint64
	keyholder, by  account.KeyholderID
	text           string
	guesses, wrong uint32
	commit         *badCommit // of a NoticeDeposit
}

const noticeVersion = 1

func (n *notice) bytes() []byte {
	b := syntax.AppendUint16(nil, noticeVersion)
	b = syntax.AppendUint8(b, n.kind)
	b = syntax.AppendUint64(b, n.atMS)
	b = append(append(b, n.keyholder[:]...), n.by[:]...)
	b = syntax.AppendString(b, n.text)
	b = syntax.AppendUint32(syntax.AppendUint32(b, n.guesses), n.wrong)
	if n.commit != nil {
		b = append(b, n.commit[:]...)
	}
	return b
}

func parseNotice(b []byte) (*notice, error) {
	r := syntax.NewReader(b)
	if v := r.Uint16(); r.Err() == nil && v != noticeVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	n := &notice{kind: r.Uint8(), atMS: r.Uint64()}
	r.Copy(n.keyholder[:])
	r.Copy(n.by[:])
	n.text = r.String()
	n.guesses, n.wrong = r.Uint32(), r.Uint32()
	if n.kind == kindOfNotice(NoticeDeposit) {
		n.commit = new(badCommit)
		r.Copy(n.commit[:])
	}
	if r.Err() == nil && (n.kind == 0 || int(n.kind) >= len(noticeKinds)) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return n, r.Done()
}

func kindOfNotice(word string) uint8 {
	for i, w := range noticeKinds {
		if w == word {
			return uint8(i)
		}
	}
	return 0
}

// addNotices adds notices to a batch, which must be applied before the next call.
func (e *Engine) addNotices(ctx context.Context, b *store.Batch, list []notice) error {
	if len(list) == 0 {
		return nil
	}
	v, err := e.get(ctx, keyNoticeLast)
	if err != nil {
		return err
	}
	last := readUint64(v)
	for i := range list {
		last++
		b.Set(tableNotice.Uint64(last).Bytes(), list[i].bytes())
	}
	b.Set(keyNoticeLast.Bytes(), appendUint64(nil, last))
	return nil
}

// noticeChain makes notices of what others have appended to the own chain since
// this device looked last, or was added. The chain is verified, so no server can
// invent them, and none that shows a later entry can leave one out.
func (e *Engine) noticeChain(ctx context.Context) error {
	head := e.self.chain.Head().Seq
	if e.noticed == head {
		return nil
	}
	v, err := e.get(ctx, keyNoticed)
	if err != nil {
		return err
	}
	from := readUint64(v)
	if k, ok := e.self.chain.Keyholder(e.self.device.ID()); from == 0 && ok {
		from = k.AddedSeq
	}
	if from >= head && v != nil {
		e.noticed = head
		return nil
	}
	var list []notice
	for _, entry := range e.self.chain.Entries(from) {
		if entry.Signer != e.self.device.ID() {
			list = append(list, noticesOf(entry)...)
		}
	}
	var b store.Batch
	if err := e.addNotices(ctx, &b, list); err != nil {
		return err
	}
	b.Set(keyNoticed.Bytes(), appendUint64(nil, max(from, head)))
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	e.noticed = head
	return nil
}

func noticesOf(entry *account.Entry) (list []notice) {
	n := notice{atMS: entry.Time, by: entry.Signer}
	switch body := entry.Body.(type) {
	case *account.Add:
		n.kind, n.keyholder = kindOfNotice(NoticeAdded), body.Keyholder.Public.ID()
	case *account.Recover:
		n.kind, n.keyholder = kindOfNotice(NoticeRecovered), body.Keyholder.Public.ID()
	case *account.Remove:
		for _, x := range body.Removals {
			n.kind, n.keyholder, n.text = kindOfNotice(NoticeRemoved), x.Keyholder, "lost"
			if x.Reason == account.ReasonCompromised {
				n.text = "compromised"
			}
			list = append(list, n)
		}
		return list
	case *account.VaultSwitch:
		n.kind, n.text = kindOfNotice(NoticeVault), "off"
		if body.On {
			n.text = "on"
		}
	default:
		return nil
	}
	return []notice{n}
}

// Notices returns those that NoticesShown has not been told of, oldest first. It
// asks nobody: Sync and every other call to the server find them.
func (e *Engine) Notices(ctx context.Context) ([]Notice, error) {
	var out []Notice
	err := e.withAccount(ctx, func() (err error) {
		out, err = e.notices(ctx)
		return err
	})
	return out, err
}

func (e *Engine) notices(ctx context.Context) ([]Notice, error) {
	if err := e.noticeChain(ctx); err != nil {
		return nil, err
	}
	v, err := e.get(ctx, keyNoticeLast)
	if err != nil {
		return nil, err
	}
	last := readUint64(v)
	count := uint64(0)
	err = e.cfg.Store.Scan(ctx, tableNotice.Range(), func(_, _ []byte) error {
		count++
		return nil
	})
	if err != nil {
		return nil, fault.Failed(err, "the device's store cannot be read")
	}
	var out []Notice
	for number := last - min(count, last) + 1; number <= last; number++ {
		v, err := e.get(ctx, tableNotice.Uint64(number))
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		n, err := parseNotice(v)
		if err != nil {
			return nil, damaged(err, "notice")
		}
		x := Notice{
			Number: number, Kind: noticeKinds[n.kind], Time: time.UnixMilli(int64(min(n.atMS, 1<<53))).UTC(), Text: n.text,
			Guesses: int(n.guesses), Wrong: int(n.wrong),
		}
		if k, ok := e.self.chain.Keyholder(n.keyholder); ok {
			x.Keyholder = e.keyholder(k)
		}
		if k, ok := e.self.chain.Keyholder(n.by); ok {
			x.By = e.keyholder(k)
		}
		if n.commit != nil {
			if x.Commit, err = e.badCommit(ctx, n.commit); err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// NoticesShown says that notices up to a number have been shown.
func (e *Engine) NoticesShown(ctx context.Context, upTo uint64) error {
	return e.withAccount(ctx, func() error {
		var b store.Batch
		b.DeleteRange(tableNotice.Uint64(0).Bytes(), tableNotice.Uint64(upTo+1).Bytes())
		return e.apply(ctx, &b)
	})
}
