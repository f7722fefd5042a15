package store

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// Conversation is the row of a conversation.
type Conversation struct {
	ID         convo.ID
	CreatedMS  uint64
	Generation uint32
	Epoch      uint64
	Head       convo.LogHead
	AcceptedMS uint64 // of the head's entry
	InfoSeq    uint64 // newest message of kind info, 0 for none
	// GraceMS is until when messages of the epoch before are accepted; 0 never.
	GraceMS uint64
	Suite   uint16
	// LeaveSeq is the newest leave entry whose account is still to be removed; 0
	// for none.
	LeaveSeq uint64
}

// Entry is an entry of a log.
type Entry struct {
	Seq        uint64
	Kind       convo.EntryKind
	Sender     convo.Sender
	AcceptedMS uint64
	Generation uint32
	Epoch      uint64 // whose secrets open it; of a commit, the epoch that it begins
	Purpose    convo.Purpose
	// Header and BodyHash are set once the body has been erased.
	Header   []byte
	BodyHash []byte
	Body     []byte // nil once erased
	Frank    []byte
	Link     [32]byte
	// Idempotency is the sender's key, nil for none.
	Idempotency []byte
	EraseMS     uint64 // 0 for never
	Target      uint64 // seq of what it edits or unsends; 0 for none
}

// Erased reports whether the body is gone.
func (e *Entry) Erased() bool { return e.Body == nil }

// Group is the public state of a conversation's current MLS group.
type Group struct {
	Generation uint32
	Epoch      uint64
	State      []byte // the public group, saved
	GroupInfo  []byte // for external commits, an MLSMessage
	HeadTable  []byte // of the newest commit
	Record     []byte // the epoch record, whole
	Seq        uint64 // of the newest commit
}

// Epoch is what a commit brought.
type Epoch struct {
	Generation uint32
	Epoch      uint64
	Seq        uint64
	HeadTable  []byte
	Record     []byte
	Signature  []byte
	// Leaves are the leaf hashes of the deposit tree, 32 bytes each.
	Leaves []byte
}

// Deposit is an epoch's deposit for one account.
type Deposit struct {
	Account    account.ID
	Index      uint32
	VaultEpoch uint64
	Sealed     []byte
	// Repaired is the right one, filed later; nil where there is none.
	Repaired   []byte
	RepairedBy []byte // account and device that filed it
}

// Participant is an account in a conversation, present or past.
type Participant struct {
	Account account.ID
	Role    convo.Role
	Since   uint64 // seq of the entry that added it
	Until   uint64 // seq of the entry that removed it; 0 while it takes part
	Left    uint64 // seq of its leave entry; 0 for none
	// Named is the newest seq of its account chain that an entry has named.
	Named uint64
}

// Welcome is an MLS Welcome with the tree that it belongs to.
type Welcome struct {
	Generation uint32
	Epoch      uint64
	Welcome    []byte
	Tree       []byte
}

// Device is a device of an account: a Welcome's addressee, or a leaf.
type Device = convo.Sender

// ConversationView reads one conversation.
type ConversationView interface {
	// Conversation returns the row, or ErrNotFound.
	Conversation() (Conversation, error)
	// Entry returns one entry, or ErrNotFound.
	Entry(seq uint64) (Entry, error)
	// Link returns the link of entry seq, or ErrNotFound.
	Link(seq uint64) ([32]byte, error)
	// Entries returns at most limit entries from seq on, upwards or downwards,
	// and no more than maxBytes of bodies unless the first alone is larger.
	Entries(from uint64, descending bool, limit, maxBytes int) ([]Entry, error)
	// ByIdempotency returns the seq of an account's entry with that key, or
	// ErrNotFound.
	ByIdempotency(id account.ID, key []byte) (uint64, error)
	// Group returns the current group.
	Group() (Group, error)
	// Epochs returns at most limit epochs of a generation from one on, and no more
	// than maxBytes unless the first alone is larger.
	Epochs(generation uint32, from uint64, limit, maxBytes int) ([]Epoch, error)
	// Deposit returns an account's deposit, or ErrNotFound.
	Deposit(generation uint32, epoch uint64, id account.ID) (Deposit, error)
	// Deposits returns an epoch's deposits in their order.
	Deposits(generation uint32, epoch uint64) ([]Deposit, error)
	// EditsOf returns the seqs of entries that edit the entry target.
	EditsOf(target uint64) ([]uint64, error)
	// Participant returns one participant, present or past, or ErrNotFound.
	Participant(id account.ID) (Participant, error)
	// Participants returns all, present and past, by account.
	Participants() ([]Participant, error)
	// IsLeaf reports whether a device is a leaf of the current group.
	IsLeaf(d Device) (bool, error)
	// Welcome returns the newest Welcome for a device, or ErrNotFound.
	Welcome(to Device) (Welcome, error)

	ClosedInView
	ConversationResets
	ConversationDisclosure
	ReadMarkView
	ConversationSizes
	RecentView
}

// ConversationTx changes one conversation.
type ConversationTx interface {
	ConversationView
	RetentionTx
	ConversationClosing
	ReadMarkTx
	ConversationResetsTx

	// Create makes the row; ErrExists.
	Create(c Conversation) error
	// SetConversation replaces the row.
	SetConversation(c Conversation) error
	// Append appends an entry; ErrExists if its seq is taken, or its key by the
	// same account.
	Append(e Entry) error
	// SetGroup replaces the group.
	SetGroup(g Group) error
	// PutEpoch stores an epoch with its deposits.
	PutEpoch(e Epoch, deposits []Deposit) error
	// RepairDeposit files the right deposit beside a wrong one; ErrNotFound if
	// there is none to repair. One that was filed before is replaced.
	RepairDeposit(generation uint32, epoch uint64, d Deposit) error
	// PutParticipant stores or replaces a participant.
	PutParticipant(p Participant) error
	// PutLeaf and DropLeaf change who is a leaf of the current group.
	PutLeaf(d Device) error
	DropLeaf(d Device) error
	// PutWelcome stores a Welcome for devices, in place of older ones.
	PutWelcome(w Welcome, to []Device, nowMS uint64) error
	// Erase erases an entry's body and keeps header and hash in its place.
	Erase(seq uint64, header []byte, bodyHash [32]byte) error
	// Release notes that an account no longer needs an entry's body and returns
	// all who said so.
	Release(seq uint64, id account.ID) ([]account.ID, error)
	// Wake puts the conversation into the outbox.
	Wake() error
}
