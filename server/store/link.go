package store

import "github.com/coffer-chat/coffer/core/account"

// LinkMailbox is a mailbox by which one device of an account links another.
type LinkMailbox struct {
	ID        [16]byte
	Device    account.KeyholderID // that opened it
	CreatedMS uint64
	ExpiresMS uint64
}

// LinkView reads an account's mailboxes for linking.
type LinkView interface {
	// Links returns all mailboxes, those that are over too, the newest first.
	Links() ([]LinkMailbox, error)
	// LinkBoxes returns the boxes in a mailbox with a number of at least from.
	LinkBoxes(id [16]byte, from, limit int) ([][]byte, error)
}

// LinkTx changes them.
type LinkTx interface {
	// PutLink opens a mailbox; ErrExists.
	PutLink(m LinkMailbox) error
	// PutLinkBox appends a box; ErrExists if the number is taken.
	PutLinkBox(id [16]byte, number int, box []byte) error
	// DropLink erases a mailbox and what is in it, if it is there.
	DropLink(id [16]byte) error
}
