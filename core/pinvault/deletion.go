package pinvault

// Deletion is the flow that erases a registration, with tokens of ActionDelete.
type Deletion struct{ exchange }

// NewDeletion prepares a deletion. It succeeds if so many realms erased the
// registration that the rest cannot open it; Faults names the rest.
func NewDeletion(set RealmSet, session Session, account AccountID, recovery RecoveryID) (*Deletion, error) {
	x, err := newExchange(set, session, account, recovery, true)
	if err != nil {
		return nil, err
	}
	d := &Deletion{x}
	return d, d.start(stepDelete, d.all(), func(int) *body { return &body{step: stepDelete} })
}

// Next ends the flow.
func (d *Deletion) Next() (bool, error) { return true, d.overlap(len(d.agreed())) }

// overlap is an error unless have realms meet every threshold of them in at
// least one.
func (x *exchange) overlap(have int) error {
	if need := len(x.set.Realms) - x.set.Threshold + 1; have < need {
		return &TooFewError{Need: need, Have: have}
	}
	return nil
}
