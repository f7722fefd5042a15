package client

// sampleOneIn is how many messages below a checkpoint there are for each whose
// signatures are verified all the same.
const sampleOneIn = 64

// sample picks, of the messages that a checkpoint stands for, those whose
// signatures are verified: one in 64 at random, and at least one of a run.
func (e *Engine) sample(messages []*opened) error {
	var open []*opened
	for _, o := range messages {
		if o.vouched && o.app != nil {
			open = append(open, o)
		}
	}
	if len(open) == 0 {
		return nil
	}
	dice := make([]byte, len(open))
	if err := e.random(dice); err != nil {
		return err
	}
	none := true
	for i, o := range open {
		if dice[i]%sampleOneIn == 0 {
			o.sampled, none = true, false
		}
	}
	if none {
		n, err := e.randomBelow(len(open))
		if err != nil {
			return err
		}
		open[n].sampled = true
	}
	return nil
}

// coverFranks leaves the verification of the franks' signatures to a sample,
// where a run is longer than a screen: one in 64 at random, and at least one. The
// signed head covers every frank of the log, so a signature of the same key over
// each proves nothing more against the server (spec/frank.md).
func (e *Engine) coverFranks(messages []*opened) error {
	if len(messages) <= firstScreen {
		return nil
	}
	dice := make([]byte, len(messages))
	if err := e.random(dice); err != nil {
		return err
	}
	for i, o := range messages {
		o.covered = dice[i]%sampleOneIn != 0 && !o.sampled
	}
	n, err := e.randomBelow(len(messages))
	if err == nil {
		messages[n].covered = false
	}
	return err
}
