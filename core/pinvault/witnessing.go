package pinvault

// WitnessWrite is the flow by which a device leaves an account's newest heads
// with the realms, with tokens of ActionWriteWitness, after the account's server
// has acknowledged them and never before.
type WitnessWrite struct {
	exchange
	newer []NewerHeads
	shut  int
}

// NewWitnessWrite prepares the flow. It succeeds if every threshold of realms
// has one that took the heads.
func NewWitnessWrite(set RealmSet, session Session, heads Heads) (*WitnessWrite, error) {
	x, err := newExchange(set, session, heads.Account, RecoveryID{}, true)
	if err != nil {
		return nil, err
	}
	signed, err := SignHeads(heads, *session.Guard, *session.Device)
	if err != nil {
		return nil, err
	}
	w := &WitnessWrite{exchange: x}
	return w, w.start(stepWriteWitness, w.all(), func(int) *body { return &body{step: stepWriteWitness, heads: signed} })
}

// Newer lists heads that realms hold in place of those written: newer ones, or
// others of the same height, which is a fork. They are signed by the device that
// they name and no more is known of them.
func (w *WitnessWrite) Newer() []NewerHeads { return w.newer }

// NewerHeads are what one realm holds in place of what was to be written.
type NewerHeads struct {
	Realm int // place in RealmSet.Realms, from 0
	SignedHeads
}

// ShutOut is how many realms refused the heads for those of another guard.
func (w *WitnessWrite) ShutOut() int { return w.shut }

// Next ends the flow.
func (w *WitnessWrite) Next() (bool, error) {
	w.shut = w.kinds(KindGuard)
	for i := range w.set.Realms {
		if a := w.answers[i]; a != nil && a.kind == KindOlderHeads && a.heads != nil &&
			a.heads.Account == w.account && a.heads.Verify() == nil {
			w.newer = append(w.newer, NewerHeads{i, *a.heads})
		}
	}
	return true, w.overlap(len(w.agreed()))
}

// WitnessRead is the flow that asks realms for the newest heads of an account,
// with tokens of ActionReadWitness. It needs no PIN.
type WitnessRead struct {
	exchange
	found []Witnessed
	asked int
}

// Witnessed is what one realm shows.
type Witnessed struct {
	Realm int // place in RealmSet.Realms, from 0
	Heads SignedHeads
}

// NewWitnessRead prepares the flow. It succeeds if at least one realm answered.
func NewWitnessRead(set RealmSet, session Session, account AccountID) (*WitnessRead, error) {
	x, err := newExchange(set, session, account, RecoveryID{}, false)
	if err != nil {
		return nil, err
	}
	w := &WitnessRead{exchange: x}
	return w, w.start(stepReadWitness, w.all(), func(int) *body { return &body{step: stepReadWitness} })
}

// Found lists what realms hold, each signed by the device that it names. The
// caller checks that the device was one of the account's at that chain head, and
// that the server's chain and private log contain every such head.
func (w *WitnessRead) Found() []Witnessed { return w.found }

// Answered is how many realms answered, those that hold nothing included.
func (w *WitnessRead) Answered() int { return w.asked }

// Next ends the flow.
func (w *WitnessRead) Next() (bool, error) {
	for _, i := range w.agreed() {
		h := w.answers[i].heads
		if h != nil && (h.Account != w.account || h.Verify() != nil) {
			w.fault(i, ReasonHeads, 0)
			continue
		}
		w.asked++
		if h != nil {
			w.found = append(w.found, Witnessed{Realm: i, Heads: *h})
		}
	}
	if w.asked == 0 {
		return true, &TooFewError{Need: 1}
	}
	return true, nil
}
