package client

import (
	"bytes"
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// epochSecrets returns the secrets of the epoch that a commit has begun: a
// member's own, else the deposit that holds them; neither where this account has
// none. The own deposit is checked in both cases.
func (e *Engine) epochSecrets(ctx context.Context, c *conversation, pos *convo.Position, l *convo.LoggedCommit, w *wire.EpochBundle) (*convo.Secrets, *sealedSecrets, error) {
	mine, listed := pos.Table.Find(e.self.id)
	if !listed {
		return nil, nil, nil // no participant any more
	}
	if mine.Head.Seq > e.self.chain.Head().Seq {
		if err := e.refreshSelf(ctx); err != nil {
			return nil, nil, err
		}
	}
	vaultOn := e.self.chain.VaultOnAt(mine.Head.Seq)
	var given *convo.GivenDeposit
	if vaultOn {
		var err error
		if given, err = givenDeposit(w); err == nil {
			err = pos.Deposited(l.Bundle, e.self.id, given)
		}
		if err != nil {
			return nil, nil, fault.Broken(fault.PromiseStored, err, "the server lacks this account's deposit for an epoch")
		}
	}
	place := pos.Place(l.Message, e.self.id, mine.VaultEpoch)
	if c.group != nil {
		s, err := convo.SecretsOf(c.group, pos.Record)
		if err != nil {
			return nil, nil, fault.Failed(err, "an epoch's secrets are missing")
		}
		if given != nil {
			err = e.checkDeposit(ctx, c, place, s, given.Sealed, w)
		}
		return s, nil, err
	}
	if given == nil {
		return nil, nil, nil
	}
	sealed, err := e.sealedIn(ctx, pos, place, given, w)
	return nil, sealed, err
}

// hasDeposit reports whether this account should find a deposit in an epoch.
func (e *Engine) hasDeposit(pos *convo.Position) bool {
	mine, listed := pos.Table.Find(e.self.id)
	return listed && e.self.chain.VaultOnAt(mine.Head.Seq)
}

func givenDeposit(w *wire.EpochBundle) (*convo.GivenDeposit, error) {
	if w.Deposit == nil {
		return nil, convo.ErrNotDeposited
	}
	g := &convo.GivenDeposit{VaultEpoch: w.Deposit.VaultEpoch, Sealed: w.Deposit.Sealed, Index: int(w.DepositIndex)}
	for _, p := range w.DepositProof {
		if len(p) != 32 {
			return nil, convo.ErrNotDeposited
		}
		g.Proof = append(g.Proof, [32]byte(p))
	}
	return g, nil
}

// sealedSecrets are an epoch's secrets in the own deposit, or in the one filed in
// its place.
type sealedSecrets struct {
	pos      *convo.Position
	place    *convo.DepositPlace
	deposits [][]byte
	wrong    bool // the deposit that came with the commit does not open
}

// sealedIn takes a deposit whose key this device has.
func (e *Engine) sealedIn(ctx context.Context, pos *convo.Position, place *convo.DepositPlace, given *convo.GivenDeposit, w *wire.EpochBundle) (*sealedSecrets, error) {
	if e.self.roots.At(place.VaultEpoch) == nil {
		if err := e.refreshSelf(ctx); err != nil {
			return nil, err
		}
		if e.self.roots.At(place.VaultEpoch) == nil {
			return nil, fault.Broken(fault.PromiseProved, account.ErrRoot, "a deposit names a vault epoch that this account does not have")
		}
	}
	s := &sealedSecrets{pos: pos, place: place, deposits: [][]byte{given.Sealed}}
	if w.Repaired != nil {
		s.deposits = append(s.deposits, w.Repaired.Sealed)
	}
	return s, nil
}

// kemOf is the key of deposits in a vault epoch that this device has the root of.
// It is good until another's is asked for.
func (e *Engine) kemOf(vaultEpoch uint64) *account.KEMSecret {
	return e.self.vaultKEM(e.self.roots.At(vaultEpoch))
}

// open opens the deposit; it may run at the same time for several. A deposit that
// does not open is the committer's fault, which no server can see: the epoch's
// messages show as unreadable until somebody files the right one.
func (s *sealedSecrets) open(kem *account.KEMSecret) *convo.Secrets {
	for _, sealed := range s.deposits {
		if secrets, err := s.pos.Open(kem, s.place, sealed); err == nil {
			return secrets
		}
		s.wrong = true
	}
	return nil
}

// checkDeposit recomputes the own deposit and files the right one in place of a
// wrong one.
func (e *Engine) checkDeposit(ctx context.Context, c *conversation, place *convo.DepositPlace, s *convo.Secrets, sealed []byte, w *wire.EpochBundle) error {
	v, ok := e.self.chain.VaultEpoch(place.VaultEpoch)
	if !ok {
		return fault.Broken(fault.PromiseProved, account.ErrRoot, "a deposit names a vault epoch that this account does not have")
	}
	right, err := convo.DepositFor(c.group, v.KEM, place, s)
	if err != nil {
		return fault.Failed(err, "a deposit cannot be computed")
	}
	if bytes.Equal(right, sealed) {
		return nil
	}
	c.accuse(place) // it was found among those that the committer signed
	if w.Repaired != nil && bytes.Equal(right, w.Repaired.Sealed) {
		return nil
	}
	return e.putDeposit(ctx, place, right)
}

func (e *Engine) putDeposit(ctx context.Context, place *convo.DepositPlace, sealed []byte) error {
	_, err := e.conversations().PutDeposit(ctx, &wire.PutDepositRequest{
		Conversation: place.Conversation[:], Generation: place.Generation, Epoch: place.Epoch,
		Deposit: &wire.Deposit{Account: place.Account[:], VaultEpoch: place.VaultEpoch, Sealed: sealed},
	})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindExists {
		return nil
	}
	return fault.FromServer(err)
}

// maxRecomputed is up to how many participants all deposits are recomputed
// (DESIGN 5.5); above, the own and randomDeposits others.
const (
	maxRecomputed  = 64
	randomDeposits = 8
)

// checkDeposits recomputes the others' deposits of the present epoch, before
// this device's first message in it.
func (e *Engine) checkDeposits(ctx context.Context, c *conversation) error {
	if c.st.Checked == c.pos.Epoch {
		return nil
	}
	row, err := e.epoch(ctx, c, c.here())
	if err != nil || row == nil || row.secrets == nil {
		return err
	}
	check, err := e.chooseDeposits(c)
	if err != nil {
		return err
	}
	req := &wire.ReadDepositsRequest{Conversation: c.id[:], Generation: c.pos.Generation, Epoch: c.pos.Epoch}
	for i := range check {
		req.Accounts = append(req.Accounts, check[i].Account[:])
	}
	r, err := e.conversations().ReadDeposits(ctx, req)
	if err != nil {
		return fault.FromServer(err)
	}
	given := map[account.ID][]byte{}
	for _, d := range r.Deposits {
		if len(d.Account) == len(account.ID{}) {
			given[account.ID(d.Account)] = d.Sealed
		}
	}
	var repairs []func() error
	for _, head := range check {
		chain, err := e.chainAt(ctx, head.Account, head.Head)
		if err != nil {
			return err
		}
		if !chain.VaultOnAt(head.Head.Seq) {
			continue
		}
		v, _ := chain.VaultAt(head.Head.Seq)
		place := &convo.DepositPlace{
			Conversation: c.id, Generation: c.pos.Generation, Epoch: c.pos.Epoch, Commit: row.commit,
			Account: head.Account, VaultEpoch: head.VaultEpoch,
		}
		right, err := convo.DepositFor(c.group, v.KEM, place, row.secrets)
		if err != nil {
			return fault.Failed(err, "a deposit cannot be computed")
		}
		sealed := given[head.Account]
		if bytes.Equal(right, sealed) {
			continue
		}
		if by := &c.st.Signed; sealed != nil && by.count() > 0 { // that of an account that was closed since is gone
			if !by.has(place, sealed, r.Leaves) {
				return fault.Broken(fault.PromiseStored, convo.ErrNotDeposited, "the server shows another deposit for an epoch than the one that was filed and signed")
			}
			c.accuse(place)
		}
		repairs = append(repairs, func() error { return e.putDeposit(ctx, place, right) })
	}
	if len(c.accused) > 0 {
		var b store.Batch
		if err := e.saveAccused(ctx, &b, c); err != nil {
			return err
		}
		c.save(&b)
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
	}
	for _, repair := range repairs {
		if err := repair(); err != nil {
			return err
		}
	}
	c.st.Checked = c.pos.Epoch
	return nil
}

// chooseDeposits returns whose deposits to recompute.
func (e *Engine) chooseDeposits(c *conversation) ([]account.HeadEntry, error) {
	t := c.pos.Table
	if len(t) <= maxRecomputed {
		return t, nil
	}
	own, _ := t.Find(e.self.id)
	out := []account.HeadEntry{own}
	for range randomDeposits {
		n, err := e.randomBelow(len(t))
		if err != nil {
			return nil, err
		}
		out = append(out, t[n])
	}
	return out, nil
}

func (e *Engine) randomBelow(n int) (int, error) {
	var b [8]byte
	if err := e.random(b[:]); err != nil {
		return 0, err
	}
	return int(readUint64(b[:]) % uint64(n)), nil
}
