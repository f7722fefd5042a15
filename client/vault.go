package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/pinvault"
)

// The states of a check, from best to worst. OK is never said of what was not
// checked.
const (
	CheckOK       = "ok"
	CheckUnknown  = "unknown"
	CheckDegraded = "degraded"
	CheckBroken   = "broken"
)

var severity = map[string]int{CheckOK: 0, CheckUnknown: 1, CheckDegraded: 2, CheckBroken: 3}

func (v *Vault) add(c Check) {
	v.Checks = append(v.Checks, c)
	if v.State == "" || severity[c.State] > severity[v.State] {
		v.State = c.State
	}
}

// VaultStatus proves the health of the account's secure storage: everything it
// calls ok has just been checked.
func (e *Engine) VaultStatus(ctx context.Context) (Vault, error) {
	var v Vault
	err := e.withAccount(ctx, func() error {
		for _, check := range []func(context.Context, *Vault) (Check, error){
			// The realms say whether the PIN is a way back.
			e.checkChain, e.checkSealedRoots, e.checkPrivateLog, e.checkRealms, e.checkWaysBack, e.checkCloud,
		} {
			c, err := check(ctx, &v)
			if err != nil {
				if c, err = asCheck(c.Name, err); err != nil {
					return err
				}
			}
			c.CheckedAt = e.cfg.Now().UTC()
			v.add(c)
		}
		checks, err := e.checkConversations(ctx, &v)
		if err != nil {
			return err
		}
		for _, c := range checks {
			v.add(c)
		}
		return nil
	})
	return v, err
}

// asCheck turns what went wrong in a check into its outcome: a server that
// cannot be reached leaves it unknown, one that misbehaved has broken it.
func asCheck(name string, err error) (Check, error) {
	switch fault.KindOf(err) {
	case fault.KindUnreachable:
		c := Check{Name: name, State: CheckUnknown}
		c.say("not checked: %s", err)
		return c, nil
	case fault.KindIntegrity:
		c := Check{Name: name, State: CheckBroken, Detail: err.Error()}
		var broken *fault.Error
		if errors.As(err, &broken) {
			c.Form, c.Values = broken.Form, broken.Values
		}
		return c, nil
	}
	return Check{}, err
}

func (e *Engine) checkChain(ctx context.Context, _ *Vault) (Check, error) {
	c := Check{Name: "chain", State: CheckOK}
	if err := e.refreshSelf(ctx); err != nil {
		return c, err
	}
	n, err := e.checkWitnesses(ctx)
	if err != nil {
		return c, err
	}
	c.say("%d entries, each signature verified; confirmed by %s", e.self.chain.Head().Seq, witnessed(n))
	return c, nil
}

func (e *Engine) checkSealedRoots(ctx context.Context, _ *Vault) (Check, error) {
	c := Check{Name: "sealed roots", State: CheckOK}
	r, err := e.account().GetSealedRoots(ctx, &wire.GetSealedRootsRequest{NewestOnly: true})
	if err != nil {
		return c, fault.FromServer(err)
	}
	held := map[string][]byte{}
	for _, x := range r.SealedRoots {
		held[string(x.Keyholder)] = x.Sealed
	}
	holders := e.self.chain.Keyholders()
	for _, k := range holders {
		sealed, ok := held[string(k.ID[:])]
		if !ok {
			return c, fault.Broken(fault.PromiseStored, nil, "the server holds no vault root for %s %s", k.Kind, k.ID)
		}
		if err := e.self.chain.VerifySealedRoot(e.self.roots, k.ID, sealed); err != nil {
			return c, fault.Broken(fault.PromiseStored, err, "the vault root held for %s %s would not open", k.Kind, k.ID)
		}
	}
	c.say("recomputed for all %d keyholders: each would open", len(holders))
	return c, nil
}

func (e *Engine) checkPrivateLog(ctx context.Context, _ *Vault) (Check, error) {
	c := Check{Name: "private log", State: CheckOK}
	if err := e.syncPrivate(ctx); err != nil {
		return c, err
	}
	pos, err := e.privatePosition(ctx)
	if err != nil {
		return c, err
	}
	c.say("%d entries, links and signatures verified", pos.Head.Seq)
	return c, nil
}

func (e *Engine) checkWaysBack(ctx context.Context, v *Vault) (Check, error) {
	c := Check{Name: "ways back", State: CheckOK}
	n, spent, err := e.waysIn(ctx)
	if err != nil {
		return c, err
	}
	if n < 2 {
		c.State = CheckDegraded
	}
	if n == 0 {
		c.State = CheckBroken
	}
	switch {
	case n == 0 && spent > 0:
		c.say("none, as the PIN is used up: if this device is lost, so is the history; use recovery add")
	case n == 1 && spent > 0:
		c.say("one, as the PIN is used up; add a second with recovery add")
	case spent > 0:
		c.say("%d ways back in; the PIN is used up and is none", n)
	case n == 0:
		c.say("none: if this device is lost, so is the history; use recovery add")
	case n == 1:
		c.say("one; add a second with recovery add")
	default:
		c.say("%d ways back in", n)
	}
	if v.On = e.self.chain.VaultOn(); !v.On {
		c.State = CheckDegraded
		c.say("the vault is off: what is sent now is on your devices only; vault on keeps it again")
	}
	return c, nil
}

func (e *Engine) checkRealms(ctx context.Context, v *Vault) (Check, error) {
	c := Check{Name: "realms", State: CheckOK}
	k, set, ok := e.witnessRealms()
	if !ok {
		c.say("no PIN is set")
		return c, nil
	}
	v.Realms, v.Operators = len(set.Realms), e.operators(set)
	session, err := e.realmSession(ctx, set, k.ID, pinvault.ActionRecover)
	if err != nil {
		return c, err
	}
	flow, err := pinvault.NewStatus(set, session, pinvault.AccountID(e.self.id), pinvault.RecoveryID(k.ID))
	if err != nil {
		return c, fault.Failed(err, "the realms cannot be asked")
	}
	err = e.runRealms(ctx, set, flow)
	if noted := e.noteSpent(ctx, k.ID, err); noted != nil {
		return c, noted
	}
	if err != nil {
		if fault.KindOf(err) == fault.KindLocked {
			c.State = CheckBroken
			c.say("the PIN is used up; set a new one with recovery add pin")
			return c, nil
		}
		return c, err
	}
	form := "%d of %d needed, %d guesses left, run by %s"
	if flow.Degraded() {
		c.State = CheckDegraded
		form = "%d of %d needed, %d guesses left, run by %s; a realm lacks its share: set the PIN again with recovery add pin"
	}
	c.say(form, set.Threshold, len(set.Realms), flow.GuessesLeft(), counted{v.Operators, "operator"})
	return c, nil
}
