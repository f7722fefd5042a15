package store

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// Closing is the row of an account that was closed (spec/closing.md).
type Closing struct {
	ClosedMS uint64
	// Counts are what has been erased so far.
	Counts []account.Erased
	// Receipt is nil until everything is erased.
	Receipt []byte
}

// ClosedIn says how far a conversation has been cleared of a closed account.
type ClosedIn struct {
	Done      uint64 // the last entry that was looked at
	Erased    uint64 // messages that nobody claims any more
	Kept      uint64 // of the account, that others claim
	Deposits  uint64
	Addressed uint64 // Welcomes
}

// ClosingView reads how an account's end is going.
type ClosingView interface {
	// Closing returns the row, or ErrNotFound while the account is open.
	Closing() (Closing, error)
}

// ClosingTx ends an account. Once there is a row, TouchConversation finds no
// account any more, so that nothing is written under it again.
type ClosingTx interface {
	// PutClosing stores or replaces the row.
	PutClosing(c Closing) error
	// ListConversation puts a conversation into the index where it is missing.
	ListConversation(id convo.ID) error
	// UnlistConversation removes a row of the index and says whether there was one.
	UnlistConversation(id convo.ID) (bool, error)
	// EraseAccount deletes everything of the account but its chain, its row, of
	// which the password and the private log's head go, and the row of Closing.
	EraseAccount() ([]account.Erased, error)
}

// ClosedInView reads how far a conversation was cleared.
type ClosedInView interface {
	// ClosedIn returns an account's row, or ErrNotFound.
	ClosedIn(id account.ID) (ClosedIn, error)
}

// ConversationClosing clears one conversation of a closed account.
type ConversationClosing interface {
	// ReleasedFrom lists the accounts that no longer need an entry's body.
	ReleasedFrom(seq uint64) ([]account.ID, error)
	// Closed lists the closed accounts that the conversation was cleared of, or is
	// being cleared of.
	Closed() ([]account.ID, error)
	// PutClosedIn stores or replaces an account's row.
	PutClosedIn(id account.ID, c ClosedIn) error
	// DropAccount deletes an account's deposits, what names it as the addressee of a
	// Welcome, what it said of entries that it has or needs no more, and its mark.
	DropAccount(id account.ID) (deposits, addressed uint64, err error)
}
