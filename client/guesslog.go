package client

import (
	"context"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
)

// Guess is an entry of a realm's own, signed log of what was done with a PIN.
type Guess struct {
	PIN   account.KeyholderID
	Realm string // its address
	Time  time.Time
	// Event is "registered", "guess", "opened", "wrong proof", "locked" or
	// "restored". A guess that no "opened" follows was wrong, or was given up.
	Event string
	// InARow counts guesses since the last right one, Failures those of all time
	// that were not proved right.
	InARow, Failures int
}

// GuessLog is what the realms tell of guesses at the account's PIN.
type GuessLog struct {
	Guesses []Guess // the oldest first
	// Silent are the addresses of realms that did not answer, or whose log does
	// not verify.
	Silent []string
}

// GuessLog fetches the log of guesses from the realms themselves and checks their
// signatures: the account's server can neither add to it nor take from it. It
// fails with KindUnreachable if no realm answers, and with KindUsage if there is no
// PIN.
func (e *Engine) GuessLog(ctx context.Context) (GuessLog, error) {
	var out GuessLog
	err := e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		found := false
		for _, k := range e.self.chain.Keyholders() {
			if k.Kind != account.KindPIN {
				continue
			}
			found = true
			if err := e.readGuesses(ctx, k, &out); err != nil {
				return err
			}
		}
		if !found {
			return usage("this account has no PIN; recovery add pin makes one")
		}
		slices.SortStableFunc(out.Guesses, func(a, b Guess) int { return a.Time.Compare(b.Time) })
		return nil
	})
	return out, err
}

func (e *Engine) readGuesses(ctx context.Context, k account.Keyholder, out *GuessLog) error {
	set := vaultRealms(k.Realms)
	session, err := e.realmSession(ctx, set, k.ID, pinvault.ActionReadLog)
	if err != nil {
		return err
	}
	flow, err := pinvault.NewLogRead(set, session, pinvault.AccountID(e.self.id), pinvault.RecoveryID(k.ID))
	if err != nil {
		return failed(err, "the realms cannot be asked for their logs")
	}
	if err := e.runRealms(ctx, set, flow); err != nil {
		return err
	}
	answered := map[int]bool{}
	for _, l := range flow.Logs() {
		answered[l.Realm] = true
		for _, x := range l.Entries {
			out.Guesses = append(out.Guesses, Guess{
				PIN: k.ID, Realm: set.Realms[l.Realm].URL, Time: time.UnixMilli(x.Time).UTC(),
				Event: eventWord(x.Event), InARow: x.InARow, Failures: x.Failures,
			})
		}
	}
	for i, r := range set.Realms {
		if !answered[i] {
			out.Silent = append(out.Silent, r.URL)
		}
	}
	return nil
}

func eventWord(e pinvault.Event) string {
	words := [...]string{"", "registered", "guess", "opened", "wrong proof", "locked", "restored"}
	if e == 0 || int(e) >= len(words) {
		return "unknown"
	}
	return words[e]
}
