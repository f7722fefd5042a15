package ephemeral

import "time"

// Fresh is how far a typing message's time may be from the reader's.
const Fresh = 30 * time.Second

// Replays remembers the newest typing message of each leaf. Its zero value is
// ready. Read marks need none: one that goes back is of no use to anybody.
type Replays struct {
	newest map[Address]uint64
}

// maxLeaves is how many leaves are remembered before the memory is cleared; what is
// older than Fresh by then is refused for that.
const maxLeaves = 4096

// Take reports whether a typing message that opened is new: after all that its leaf
// has said so far, and about as old as now.
func (p *Replays) Take(a Address, m Message, now time.Time) bool {
	age := now.Sub(time.UnixMilli(int64(min(m.Counter, 1<<62))))
	if age > Fresh || age < -Fresh || m.Counter <= p.newest[a] {
		return false
	}
	if p.newest == nil || len(p.newest) >= maxLeaves {
		p.newest = map[Address]uint64{}
	}
	p.newest[a] = m.Counter
	return true
}
