package store

import "github.com/coffer-chat/coffer/core/account"

// ReadMark is what an account has left in a conversation for the others, sealed.
type ReadMark struct {
	Account account.ID
	Message []byte
}

// ReadMarkView reads the marks of a conversation.
type ReadMarkView interface {
	// ReadMarks returns them by account.
	ReadMarks() ([]ReadMark, error)
}

// ReadMarkTx changes them. Those of a participant who leaves or is removed go with
// PutParticipant, those of a closed account with DropAccount.
type ReadMarkTx interface {
	// PutReadMark stores or replaces an account's mark; an empty message removes it.
	PutReadMark(m ReadMark) error
}
