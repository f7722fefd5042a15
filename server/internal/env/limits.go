package env

import (
	"time"

	"github.com/coffer-chat/coffer/server/internal/rate"
)

// Limits bounds what the server takes on. A zero field means the default; a
// rule whose Burst is negative is off. Rules for addresses do not count calls
// from the server's own machine.
type Limits struct {
	MaxMessageBytes int    // of one MLSMessage; default 1 MiB
	MaxBlobBytes    uint64 // default what a file of 100 MiB takes
	MaxParticipants int    // default 1000
	MaxLeaves       int    // default 4000
	MaxKeyPackages  int    // unclaimed, for each device; default 256
	MaxChainBytes   int    // default 8 MiB
	MaxEraseAfter   time.Duration
	// WelcomeLife is how long a Welcome is kept; default 60 days. A device that
	// comes later joins by external commit.
	WelcomeLife time.Duration
	// ResetWait is how long the keyholders of an account can stop its reset; default
	// 7 days. ResetKeep is how long what is held of it is kept afterwards; default 90.
	ResetWait, ResetKeep time.Duration

	Anonymous      rate.Rule // calls without a session, for each address
	Register       rate.Rule // new accounts, for each address
	SignIn         rate.Rule // sign-ins, for each address
	WrongPassword  rate.Rule // wrong passwords, for each handle
	PasswordCaller rate.Rule // wrong passwords, for each address
	Chain          rate.Rule // chain entries, for each account
	Post           rate.Rule // messages and commits, for each account
	Commit         rate.Rule // commits, for each account
	Create         rate.Rule // conversations begun, for each account
	Claim          rate.Rule // key packages claimed, for each pair of accounts
	RealmToken     rate.Rule // for each account
	Write          rate.Rule // KiB of messages, commits and private log, for each account
	Upload         rate.Rule // MiB of attachments, for each account
	Ephemeral      rate.Rule // ephemeral messages, for each account
	Disclose       rate.Rule // what is held about it, for each account
	Report         rate.Rule // reports filed, for each account
}

// Complete returns l with defaults for what is zero.
func (l Limits) Complete() Limits {
	number(&l.MaxMessageBytes, 1<<20)
	number(&l.MaxBlobBytes, 105_000_000)
	number(&l.MaxParticipants, 1000)
	number(&l.MaxLeaves, 4000)
	number(&l.MaxKeyPackages, 256)
	number(&l.MaxChainBytes, 8<<20)
	number(&l.MaxEraseAfter, 365*24*time.Hour)
	number(&l.WelcomeLife, 60*24*time.Hour)
	number(&l.ResetWait, 7*24*time.Hour)
	number(&l.ResetKeep, 90*24*time.Hour)
	rule(&l.Anonymous, 600, 100*time.Millisecond)
	rule(&l.Register, 20, 10*time.Minute)
	rule(&l.SignIn, 300, time.Second)
	rule(&l.WrongPassword, 20, 3*time.Minute)
	rule(&l.PasswordCaller, 60, time.Minute)
	rule(&l.Chain, 200, time.Minute)
	rule(&l.Post, 50_000, time.Millisecond)
	rule(&l.Commit, 3000, time.Second)
	rule(&l.Create, 1000, 10*time.Second)
	rule(&l.Claim, 300, time.Minute)
	rule(&l.RealmToken, 300, time.Second)
	rule(&l.Write, 4<<20, 250*time.Microsecond)
	rule(&l.Upload, 4096, 250*time.Millisecond)
	rule(&l.Ephemeral, 60, 500*time.Millisecond)
	rule(&l.Disclose, 5, time.Minute)
	rule(&l.Report, 20, 3*time.Minute)
	return l
}

func number[T int | uint64 | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

func rule(field *rate.Rule, burst int, every time.Duration) {
	if field.Burst == 0 {
		*field = rate.Rule{Burst: burst, Every: every}
	}
}
