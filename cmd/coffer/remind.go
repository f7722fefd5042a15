package main

import "context"

// remind says, to a person at a terminal and at most once a day, that the account
// has fewer than two ways back in. Scripts, --json and --quiet are left alone; that
// it cannot be found out is no error of the command.
func (a *app) remind(ctx context.Context, e engine) {
	if a.json || a.quiet || !a.term.Interactive() {
		return
	}
	r, err := e.Remind(ctx)
	switch {
	case err != nil || !r.Due:
	case r.Spent > 0:
		a.note("Your PIN is used up: it opens nothing any more. Set a new one:\n  coffer recovery add pin")
	case r.Ways == 0:
		a.note("There is no way back in if you lose your devices. Add one, better two:\n  coffer recovery add code")
	default:
		a.note("There is one way back in if you lose your devices. Add a second, of another kind:\n  coffer recovery add pin, or coffer recovery add cloud DEST")
	}
}
