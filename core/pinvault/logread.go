package pinvault

// LogRead is the flow that fetches the guess logs of one registration from the
// realms themselves, with tokens of ActionReadLog.
type LogRead struct {
	exchange
	raw  [][][]byte
	logs []RealmLog
}

// RealmLog is the guess log as one realm shows it, verified.
type RealmLog struct {
	Realm   int // place in RealmSet.Realms, from 0
	Entries []LogEntry
}

// NewLogRead prepares the flow, which takes as many rounds as the longest log
// has pages. It succeeds if at least one realm answered.
func NewLogRead(set RealmSet, session Session, account AccountID, recovery RecoveryID) (*LogRead, error) {
	x, err := newExchange(set, session, account, recovery, false)
	if err != nil {
		return nil, err
	}
	l := &LogRead{exchange: x, raw: make([][][]byte, len(set.Realms))}
	return l, l.start(stepReadLog, l.all(), func(int) *body { return &body{step: stepReadLog} })
}

// Logs lists the logs that verify.
func (l *LogRead) Logs() []RealmLog { return l.logs }

// Next takes a page of each realm's log and prepares the next.
func (l *LogRead) Next() (bool, error) {
	more := map[int]uint64{}
	var order []int
	for _, i := range l.agreed() {
		page := l.answers[i].log
		l.raw[i] = append(l.raw[i], page...)
		entries, err := parseLog(l.raw[i], l.set.Realms[i].Key, l.account, l.recovery)
		switch {
		case err != nil:
			l.fault(i, ReasonLog, 0)
		case l.answers[i].more && len(page) > 0 && len(l.raw[i]) < LogKept:
			more[i] = entries[len(entries)-1].Seq + 1
			order = append(order, i)
		default:
			l.logs = append(l.logs, RealmLog{Realm: i, Entries: entries})
		}
	}
	if len(order) > 0 {
		return false, l.start(stepReadLog, order, func(i int) *body { return &body{step: stepReadLog, logFrom: more[i]} })
	}
	if len(l.logs) == 0 {
		return true, &TooFewError{Need: 1}
	}
	return true, nil
}
