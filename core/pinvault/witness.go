package pinvault

// applyWitness keeps the newest heads of an account. State is SignedHeads; it
// is never lowered, and never replaced by others of the same height.
func applyWitness(state []byte, a *Authorized) (*Result, error) {
	var old *SignedHeads
	if state != nil {
		h, err := ParseSignedHeads(state)
		if err != nil {
			return nil, ErrState
		}
		old = &h
	}
	reply := func(r *Result, out answer) (*Result, error) {
		r.step = a.body.step
		r.answer = func(Env, [][]byte) (*answer, error) { return &out, nil }
		return r, nil
	}
	same := &Result{State: state}
	if a.body.step == stepReadWitness {
		return reply(same, answer{heads: old})
	}
	h := a.body.heads
	switch {
	case h.Account != a.token.Account || h.Device != a.token.Device || h.Verify() != nil:
		return reply(same, answer{kind: KindMalformed})
	case old != nil && h.Guard != old.Guard:
		return reply(same, answer{kind: KindGuard, heads: old})
	case old != nil && h.before(old.Heads):
		return reply(same, answer{kind: KindOlderHeads, heads: old})
	case old != nil && h.ChainSeq == old.ChainSeq && h.LogSeq == old.LogSeq && h.Time <= old.Time:
		return reply(same, answer{}) // known already
	}
	return reply(&Result{Changed: true, State: h.Append(nil)}, answer{})
}
