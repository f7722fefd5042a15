package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tableGuess holds the newest entry of a guess log that this device has seen:
// .ID(realm's key and recovery id); and under .ID(recovery id) the time of the
// newest guess that was told of.
var tableGuess = store.Table("gl")

// guessesEvery is how often a sync reads the realms' guess logs.
const guessesEvery = time.Hour

// Guess is an entry of a realm's log of guesses at the PIN, which the realm has
// signed.
type Guess struct {
	Realm string // its address
	Seq   uint64
	Time  time.Time // by the realm's clock
	// Event is "registered", "guess", "opened", "wrong", "locked" or "restored".
	Event string
	// InARow are guesses since the last right one; Failures all wrong ones.
	InARow, Failures int
}

var guessEvents = map[pinvault.Event]string{
	pinvault.EventRegistered: "registered", pinvault.EventGuess: "guess", pinvault.EventOpened: "opened",
	pinvault.EventWrongTag: "wrong", pinvault.EventLocked: "locked", pinvault.EventRestored: "restored",
}

// GuessLog fetches the log of guesses at the account's PIN from the realms
// themselves, realm by realm, oldest first. Realms that do not answer, or whose log
// does not verify, are named in missing.
func (e *Engine) GuessLog(ctx context.Context) (log []Guess, missing []string, err error) {
	err = e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		k, set, ok := e.witnessRealms()
		if !ok {
			return fault.Usage("this account has no PIN; recovery add pin makes one")
		}
		logs, err := e.readGuesses(ctx, k, set)
		if err != nil {
			return err
		}
		answered := map[int]bool{}
		for _, l := range logs {
			answered[l.Realm] = true
			for _, x := range l.Entries {
				log = append(log, Guess{
					Realm: set.Realms[l.Realm].URL, Seq: x.Seq, Time: time.UnixMilli(x.Time).UTC(),
					Event: guessEvents[x.Event], InARow: x.InARow, Failures: x.Failures,
				})
			}
		}
		for i, r := range set.Realms {
			if !answered[i] {
				missing = append(missing, r.URL)
			}
		}
		return e.noticeGuesses(ctx, k, set, logs)
	})
	return log, missing, err
}

func (e *Engine) readGuesses(ctx context.Context, k account.Keyholder, set pinvault.RealmSet) ([]pinvault.RealmLog, error) {
	session, err := e.realmSession(ctx, set, k.ID, pinvault.ActionReadLog)
	if err != nil {
		return nil, err
	}
	flow, err := pinvault.NewLogRead(set, session, pinvault.AccountID(e.self.id), pinvault.RecoveryID(k.ID))
	if err != nil {
		return nil, fault.Failed(err, "the realms cannot be asked for their logs")
	}
	if err := e.runRealms(ctx, set, flow); err != nil && len(flow.Logs()) == 0 {
		return nil, err
	}
	return flow.Logs(), nil
}

// blindAfter is how long guess logs may stay unread before that is told.
const blindAfter = 24 * time.Hour

// watchGuesses reads the guess logs now and then. Where none can be had, it tries
// again the next time, and tells of it after a day: a server that hands out no
// tokens for the realms could hide guesses so.
func (e *Engine) watchGuesses(ctx context.Context) error {
	k, set, ok := e.witnessRealms()
	if !ok {
		return nil
	}
	v, err := e.get(ctx, keyGuessRead)
	if err != nil {
		return err
	}
	age := e.cfg.Now().Sub(time.UnixMilli(int64(readUint64(v))))
	if v != nil && age >= 0 && age < guessesEvery {
		return nil
	}
	logs, err := e.readGuesses(ctx, k, set)
	if kind := fault.KindOf(err); err != nil && (kind == fault.KindUnreachable || kind == fault.KindRefused || kind == fault.KindLocked) {
		return e.noticeBlind(ctx, k, v != nil, age)
	}
	if err != nil {
		return err
	}
	return e.noticeGuesses(ctx, k, set, logs)
}

// noticeBlind notes that no guess log could be read.
func (e *Engine) noticeBlind(ctx context.Context, k account.Keyholder, readBefore bool, age time.Duration) error {
	if readBefore && age >= 0 && age < blindAfter {
		return nil
	}
	now := uint64(max(e.cfg.Now().UnixMilli(), 0))
	var b store.Batch
	if readBefore {
		if err := e.addNotices(ctx, &b, []notice{{kind: kindOfNotice(NoticeRealm), keyholder: k.ID, atMS: now}}); err != nil {
			return err
		}
	}
	b.Set(keyGuessRead.Bytes(), appendUint64(nil, now))
	return e.apply(ctx, &b)
}

// seenGuess is where a realm's log stood, and what its newest entry said. Each
// entry holds the hash of the one before, so the same entry means the same log.
func seenGuess(x pinvault.LogEntry) []byte {
	b := syntax.AppendUint64(nil, x.Seq)
	b = syntax.AppendUint64(b, uint64(x.Time))
	b = append(b, byte(x.Event), byte(x.InARow), byte(x.Failures))
	return append(b, x.Prev[:]...)
}

// noticeGuesses makes notices of what is new in the logs. Each guess reaches a
// threshold of realms, so the realm that saw most tells how many there were: a
// realm that leaves some out is outvoted by the others. One that says something
// else than before is named.
func (e *Engine) noticeGuesses(ctx context.Context, k account.Keyholder, set pinvault.RealmSet, logs []pinvault.RealmLog) error {
	var b store.Batch
	var list []notice
	most := notice{kind: kindOfNotice(NoticeGuess), keyholder: k.ID}
	locked := notice{kind: kindOfNotice(NoticeLocked), keyholder: k.ID}
	told, err := e.guessesTold(ctx, k)
	if err != nil {
		return err
	}
	for _, l := range logs {
		realm := set.Realms[l.Realm]
		key := tableGuess.ID(append(realm.Key[:], k.ID[:]...))
		before, err := e.get(ctx, key)
		if err != nil {
			return err
		}
		fresh, changed := newGuesses(l.Entries, before)
		if changed {
			list = append(list, notice{kind: kindOfNotice(NoticeRealm), keyholder: k.ID, text: realm.URL, atMS: uint64(e.cfg.Now().UnixMilli())})
		}
		n := notice{kind: most.kind, keyholder: k.ID}
		right := uint32(0)
		for _, x := range after(fresh, told) {
			switch x.Event {
			case pinvault.EventGuess:
				n.guesses, n.atMS = n.guesses+1, uint64(max(x.Time, 0))
			case pinvault.EventOpened:
				right++
			case pinvault.EventLocked:
				locked.atMS = max(locked.atMS, uint64(max(x.Time, 0)))
			}
		}
		n.wrong = n.guesses - min(right, n.guesses)
		if n.guesses > most.guesses || n.guesses == most.guesses && n.wrong < most.wrong {
			most = n // a guess that one realm saw proved was right
		}
		if len(l.Entries) > 0 {
			b.Set(key.Bytes(), seenGuess(l.Entries[len(l.Entries)-1]))
		}
	}
	if most.guesses > 0 {
		list = append(list, most)
		b.Set(tableGuess.ID(k.ID[:]).Bytes(), appendUint64(nil, max(told, most.atMS)))
	}
	if locked.atMS > 0 {
		list = append(list, locked)
	}
	if lockedAt(logs) > len(set.Realms)-set.Threshold {
		setSpent(&b, k.ID)
	}
	if err := e.addNotices(ctx, &b, list); err != nil {
		return err
	}
	b.Set(keyGuessRead.Bytes(), appendUint64(nil, uint64(max(e.cfg.Now().UnixMilli(), 0))))
	return e.apply(ctx, &b)
}

// guessesTold returns up to when guesses have been told: the newest guess in a
// notice, or when this device was added, if there was none.
func (e *Engine) guessesTold(ctx context.Context, k account.Keyholder) (uint64, error) {
	v, err := e.get(ctx, tableGuess.ID(k.ID[:]))
	if v == nil {
		own, _ := e.self.chain.Keyholder(e.self.device.ID())
		return own.AddedTime, err
	}
	return readUint64(v), err
}

// clocksApart is by how much realms' clocks may differ.
const clocksApart = 60_000

// after leaves out what other realms have told of already, where this one was not
// read then.
func after(entries []pinvault.LogEntry, told uint64) []pinvault.LogEntry {
	if len(entries) == 0 || uint64(max(entries[0].Time, 0)) > told {
		return entries
	}
	for i, x := range entries {
		if uint64(max(x.Time, 0)) > told+clocksApart {
			return entries[i:]
		}
	}
	return nil
}

// newGuesses returns the entries after the one seen before. changed says that the
// log lacks that one, or has another in its place.
func newGuesses(entries []pinvault.LogEntry, before []byte) (fresh []pinvault.LogEntry, changed bool) {
	if before == nil {
		return entries, false
	}
	seen := readUint64(before[:min(8, len(before))])
	for i, x := range entries {
		switch {
		case x.Seq == seen:
			return entries[i+1:], string(seenGuess(x)) != string(before)
		case x.Seq > seen:
			return entries[i:], i > 0 // a realm keeps the newest ones only
		}
	}
	return nil, true
}
