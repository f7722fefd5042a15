package store

import "github.com/coffer-chat/coffer/core/account"

// Reset is the row of an account whose handle somebody asks for, or has got, with
// another account (spec/reset.md).
type Reset struct {
	AskedMS, DueMS uint64
	StoppedMS      uint64 // 0: was not stopped
	By             account.ResetBy
	// CodeHash is that of the operator's code; zero where there is none.
	CodeHash [32]byte
	// Successor is the account that is to have the handle; zero while the operator's
	// code has not been used.
	Successor account.ID
	// EraseMS is when what is held of the account is erased; 0 before the reset was
	// carried out.
	EraseMS uint64
	// Erased says that this was done.
	Erased bool
	// Statement is the server's; nil before the reset was carried out.
	Statement []byte
}

// Pending reports whether a reset was asked for and neither stopped nor done.
func (r Reset) Pending() bool { return r.AskedMS != 0 && r.StoppedMS == 0 && r.Statement == nil }

// ResetView reads about the reset of an account.
type ResetView interface {
	// Reset returns the row, or ErrNotFound.
	Reset() (Reset, error)
	// Succeeds returns the statement of the reset that made this account, or
	// ErrNotFound.
	Succeeds() ([]byte, error)
}

// ResetTx changes it.
type ResetTx interface {
	// PutReset stores or replaces the row and counts a change.
	PutReset(r Reset) error
	// PutSucceeds stores the statement of the reset that made this account.
	PutSucceeds(statement []byte) error
	// DropSessions deletes all sessions.
	DropSessions() error
}

// ConversationResets are the resets of a conversation's participants, filled in
// from the outbox.
type ConversationResets interface {
	// Resets returns the statements, at most limit.
	Resets(limit int) ([][]byte, error)
}

// ConversationResetsTx changes them.
type ConversationResetsTx interface {
	// PutReset stores or replaces the statement of an account's reset.
	PutReset(id account.ID, statement []byte) error
}
