package store

import (
	"context"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// Store is a server's database. Its methods may be called concurrently.
type Store interface {
	// Meta returns a small server-wide value, or ErrNotFound.
	Meta(ctx context.Context, name string) ([]byte, error)
	// KeepMeta stores a small server-wide value unless there is one of that
	// name, and returns the value that is there afterwards.
	KeepMeta(ctx context.Context, name string, value []byte) ([]byte, error)

	// Handle returns the account that a handle belongs to, or ErrNotFound.
	Handle(ctx context.Context, handle string) (HandleRow, error)
	// ClaimHandle gives a handle to an account. It may be claimed again by the
	// same account, and by another one where the first claim is older than
	// staleMS and abandoned says that nothing came of it; else ErrTaken.
	ClaimHandle(ctx context.Context, row HandleRow, staleMS uint64, abandoned func(account.ID) bool) error

	// MoveHandle gives a handle from one account to another, and again does no harm.
	// ErrNotFound, or ErrTaken where it belongs to neither.
	MoveHandle(ctx context.Context, handle string, from, to account.ID, nowMS uint64) error

	// PutInvite stores an invitation by the hash of its code.
	PutInvite(ctx context.Context, hash [32]byte, createdMS uint64) error
	// UseInvite gives an invitation to an account. Using it again for the same
	// account is allowed. ErrNotFound, ErrTaken.
	UseInvite(ctx context.Context, hash [32]byte, id account.ID) error
	// InvitesUsedBy returns the invitations that an account used: at most one,
	// unless its registration was begun several times.
	InvitesUsedBy(ctx context.Context, id account.ID) ([]Invite, error)
	// ForgetInvites deletes the invitations that an account used; their codes are
	// unknown from then on, so that nobody uses them again.
	ForgetInvites(ctx context.Context, id account.ID) error

	// ViewAccount runs fn on a consistent view of one account.
	ViewAccount(ctx context.Context, id account.ID, fn func(AccountView) error) error
	// UpdateAccount runs fn as a transaction on one account.
	UpdateAccount(ctx context.Context, id account.ID, fn func(AccountTx) error) error
	// ViewConversation runs fn on a consistent view of one conversation.
	ViewConversation(ctx context.Context, id convo.ID, fn func(ConversationView) error) error
	// UpdateConversation runs fn as a transaction on one conversation.
	UpdateConversation(ctx context.Context, id convo.ID, fn func(ConversationTx) error) error

	// Wakes lists conversations and accounts that have news, at most limit.
	Wakes(ctx context.Context, limit int) ([]Wake, error)
	// Woken removes wakes that have been carried out, unless there is newer
	// news than they tell of.
	Woken(ctx context.Context, wakes []Wake) error
	// DueErasures lists entries whose erase-after time is not later than nowMS.
	DueErasures(ctx context.Context, nowMS uint64, limit int) ([]EntryID, error)
	// DueResets lists accounts that were reset, and whose time to be kept is over and
	// that are not erased yet.
	DueResets(ctx context.Context, nowMS uint64, limit int) ([]account.ID, error)
	// Scrub takes from disk what was erased but lies there still, such as in a
	// write-ahead log. It does as much as it can without keeping others waiting.
	Scrub(ctx context.Context) error
	// Expire removes sessions, nonces, mailboxes and Welcomes that are over.
	Expire(ctx context.Context, nowMS, welcomesBeforeMS uint64) error

	ReportStore

	// Close waits for running transactions and closes the database.
	Close() error
}

// HandleRow says whose a handle is.
type HandleRow struct {
	Handle    string
	Account   account.ID
	ClaimedMS uint64
}

// Wake is a row of the outbox: somebody has news. Exactly one of the ids is set.
type Wake struct {
	Conversation convo.ID
	Account      account.ID
	// Mark tells newer news from older.
	Mark uint64
}

// EntryID names an entry of a log.
type EntryID struct {
	Conversation convo.ID
	Seq          uint64
}
