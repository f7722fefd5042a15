package client

import (
	"context"
	"encoding/binary"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// Who is to blame for a deposit that is not the one that everybody in its epoch
// computes: its committer, if it is among those that he has signed; else the server,
// which shows what nobody has signed. A signature is all that convicts a member,
// because everything else of what a device is shown the server could make up.

// signedDeposits is what the sender of the newest commit has signed about its
// deposits, taken from the walk, which verified it: account[32], device[16], deposit
// root[32], deposit count (uint32; 0: not known), and whether there is a notice of it.
type signedDeposits [32 + 16 + 32 + 4 + 1]byte

func newSigned(l *convo.LoggedCommit) (s signedDeposits) {
	copy(s[:], l.Sender.Account[:])
	copy(s[32:], l.Sender.Device[:])
	copy(s[48:], l.Bundle.DepositRoot[:])
	binary.BigEndian.PutUint32(s[80:], l.Bundle.DepositCount)
	return s
}

func (s *signedDeposits) count() uint32 { return binary.BigEndian.Uint32(s[80:]) }

// has reports whether a deposit, as the server shows it, is among those that were
// signed; leaves are said to be the whole tree's.
func (s *signedDeposits) has(p *convo.DepositPlace, sealed, leaves []byte) bool {
	return convo.InDepositTree([32]byte(s[48:80]), s.count(), leaves, convo.DepositLeaf(p.Account, p.VaultEpoch, sealed))
}

// BadCommit is a commit that came with a deposit that does not open, signed by its
// sender: a device of the account that Handle means.
type BadCommit struct {
	Conversation convo.ID
	Name         string // a handle, or #NAME
	Generation   uint32
	Epoch        uint64 // the one that it began
	Account      account.ID
	Handle       string
	Device       account.KeyholderID
}

// badCommit is a BadCommit as it is stored: conversation[32], generation (uint32), epoch
// (uint64), account[32], device[16].
type badCommit [32 + 4 + 8 + 32 + 16]byte

// accuse makes a notice of the newest commit's sender, who has signed a wrong deposit
// for the place; the next batch takes it.
func (c *conversation) accuse(p *convo.DepositPlace) {
	s := &c.st.Signed
	if s[84] != 0 {
		return
	}
	s[84] = 1
	x := new(badCommit)
	copy(x[:], c.id[:])
	binary.BigEndian.PutUint32(x[32:], p.Generation)
	binary.BigEndian.PutUint64(x[36:], p.Epoch)
	copy(x[44:], s[:48])
	c.accused = append(c.accused, notice{kind: kindOfNotice(NoticeDeposit), atMS: c.st.CommitMS, commit: x})
}

// saveAccused adds the notices to a batch, with which the conversation is saved.
func (e *Engine) saveAccused(ctx context.Context, b *store.Batch, c *conversation) error {
	list := c.accused
	c.accused = nil
	return e.addNotices(ctx, b, list)
}

// badCommit says what a stored one is about.
func (e *Engine) badCommit(ctx context.Context, x *badCommit) (*BadCommit, error) {
	p := &BadCommit{
		Conversation: convo.ID(x[:32]), Generation: binary.BigEndian.Uint32(x[32:]), Epoch: binary.BigEndian.Uint64(x[36:]),
		Account: account.ID(x[44:76]), Device: account.KeyholderID(x[76:]),
	}
	p.Handle = e.handleOf(ctx, p.Account)
	c, err := e.conv(ctx, p.Conversation)
	if c != nil {
		p.Name = e.label(ctx, c)
	}
	return p, err
}
