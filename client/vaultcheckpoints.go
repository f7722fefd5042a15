package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/core/payload"
)

// checkCheckpoints says how much of the history has a checkpoint that counts,
// holds all checkpoints against the logs that are here, and counts anew what this
// device counted in its own.
func (e *Engine) checkCheckpoints(ctx context.Context, list []*conversation) (Check, error) {
	k := Check{Name: "checkpoints", State: CheckOK}
	var below, above, newest uint64
	suspect, lost := 0, uint64(0)
	for _, c := range list {
		if !c.st.known() {
			continue
		}
		if err := e.loadWalk(ctx, c); err != nil {
			return k, err
		}
		if err := e.compareConv(ctx, c); err != nil {
			return k, err
		}
		t, err := e.trustOf(ctx, c)
		if err != nil {
			return k, err
		}
		if e.compromised(t.devices...) {
			suspect++
		}
		at := uint64(0)
		if h := e.newestCheckpoint(t); h != nil {
			at, newest = min(h.Head.Seq, c.st.Top.Seq), max(newest, h.atMS)
		}
		below, above = below+at, above+c.st.Top.Seq-at
		n, err := e.lostSince(ctx, c, t)
		if err != nil {
			return k, err
		}
		lost += n
	}
	switch {
	case below == 0:
		k.say("none yet; all %d entries are verified one by one at restore", above)
	default:
		age := e.cfg.Now().Sub(time.UnixMilli(int64(newest)))
		k.say("%d entries below, %d above; the newest is %s old", below, above, aged(age))
	}
	switch {
	case lost > 0:
		k.State = CheckDegraded
		k.say("this device no longer has %d messages that it had; restore on a new home", lost)
	case suspect > 0:
		k.State = CheckDegraded
		k.say("%d conversations rest on the word of a device removed as compromised; restore on a new home, which verifies every signature", suspect)
	}
	return k, nil
}

// lostSince returns how many messages fewer there are than this device counted
// in its own checkpoint, if no more have been deleted since.
func (e *Engine) lostSince(ctx context.Context, c *conversation, t *trust) (uint64, error) {
	for _, h := range t.held {
		if h.device != e.self.device.ID() || h.Head.Seq > c.st.Top.Seq {
			continue
		}
		s, err := e.survey(ctx, c, h.Head.Seq)
		if err != nil {
			return 0, err
		}
		if payload.DeletionSet(c.id, s.deleted) == h.Deleted && s.messages < h.Messages {
			return h.Messages - s.messages, nil
		}
	}
	return 0, nil
}

func ageText(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return itoa(int(d.Hours()/24)) + " days"
	case d >= 2*time.Hour:
		return itoa(int(d.Hours())) + " hours"
	}
	return plural(max(int(d.Minutes()), 0), "minute")
}
