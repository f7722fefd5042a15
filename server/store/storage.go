package store

import "github.com/coffer-chat/coffer/core/account"

// LogSize is how much a conversation's log takes in bytes: all of it, and what one
// account has posted.
type LogSize struct {
	All, Own int64
}

// AccountSizes reads how much an account takes.
type AccountSizes interface {
	// PrivateLogSize sums up the private log's entries in bytes.
	PrivateLogSize() (int64, error)
}

// ConversationSizes reads how much a conversation takes.
type ConversationSizes interface {
	// LogSize sums up the log's entries.
	LogSize(own account.ID) (LogSize, error)
}
