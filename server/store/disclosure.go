package store

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// Invite is an invitation that an account used. Its code is not kept.
type Invite struct {
	CreatedMS uint64
}

// Posted is an entry of a log without its contents.
type Posted struct {
	Seq        uint64
	Kind       convo.EntryKind
	Purpose    convo.Purpose
	Device     account.KeyholderID
	AcceptedMS uint64
	Target     uint64
	EraseMS    uint64
	// BodyBytes is the size of the ciphertext, 0 once it is erased; RestBytes
	// that of everything else in the entry.
	BodyBytes, RestBytes int64
	Erased               bool
}

// DepositTotals sums up an account's deposits in a conversation.
type DepositTotals struct {
	Count, Repaired int
	Bytes           int64
}

// AccountDisclosure reads what only a disclosure needs of an account.
type AccountDisclosure interface {
	// KeyPackages returns the key packages of all devices.
	KeyPackages() ([]KeyPackage, error)
	// NonceCount counts the nonces of sign-ins that are remembered.
	NonceCount() (int, error)
}

// ConversationDisclosure reads what only a disclosure needs of a conversation.
type ConversationDisclosure interface {
	// Posted returns an account's entries from seq on, at most limit.
	Posted(id account.ID, from uint64, limit int) ([]Posted, error)
	// DepositTotals sums up an account's deposits of all epochs.
	DepositTotals(id account.ID) (DepositTotals, error)
	// ReleasedBy returns the seqs of entries that still have a body and that an
	// account said it no longer needs.
	ReleasedBy(id account.ID) ([]uint64, error)
	// StoredBy returns up to where an account's devices said that they have the log.
	StoredBy(id account.ID) (map[account.KeyholderID]uint64, error)
}
