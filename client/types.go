package client

import (
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// MessageID names a message; its text form may be shortened to what is unique.
type MessageID = content.MessageID

// State says how far an own message has come.
type State string

// The states of a message.
const (
	StateQueued State = "queued" // kept here until the server can be reached
	StateSent   State = "sent"   // in every recipient's restorable history
)

// Source says where a message came from.
const (
	SourceCoffer    = "coffer"
	SourceMessenger = "messenger" // a Facebook Messenger export
)

// Message is a message as it is shown: edits, reactions and deletions applied.
type Message struct {
	ID           MessageID
	Seq          uint64 // place in the log, or in an imported thread; 0 while queued
	Conversation convo.ID
	Sender       account.ID
	SenderHandle string // handle, or the name in an imported history
	Time         time.Time
	Text         string
	Edited       bool
	Unsent       bool
	ReplyTo      MessageID // zero: none
	Reactions    []Reaction
	Attachments  []Attachment
	State        State
	Source       string
	Expires      time.Time // when the message disappears; zero: never
	Forwarded    bool      // it was said elsewhere first
	// ReadBy are the handles of who says that they have read it, of an own message
	// where the person shows its own read marks too (SetPrivacy).
	ReadBy   []string
	Mentions []Mention // in the order of the text
	// Unreadable says that the entry opens for nobody with this device's keys;
	// it was posted by Sender.
	Unreadable bool
	Why        Why // of what is unreadable, where it is known
	// GivenBy is the handle of who has given this account, a newcomer then, the
	// history that the message is part of; "" where it took part itself.
	GivenBy string
	// Event is set where the entry is no message but something that happened:
	// "created", "added", "removed", "left", "joined", "renamed", "role", "closed"
	// (of two: the account was), "expiry", "history" (Text: newcomers are given it from
	// then on, or "off", or were "given" it); Text is Sender's new role, or how long
	// messages last from then on, or "off", of the first and last of these three.
	Event string
}

// Reaction is one account's reaction to a message.
type Reaction struct {
	Account account.ID
	Handle  string
	Emoji   string
}

// Attachment is a file in a message.
type Attachment struct {
	Name      string
	Size      int64
	MediaType string
	SHA256    [32]byte // of the content
}

// Conversation is a conversation's summary.
type Conversation struct {
	ID           convo.ID
	Kind         convo.Kind
	Name         string // a group's name, or the other account's handle
	Participants []Participant
	LastActivity time.Time
	Messages     int64 // shown messages on this device
	HeadSeq      uint64
	Imported     bool // only in this account's private log
	Left         bool
	// KeepsHistory lists the participants whose vault is on.
	KeepsHistory []account.ID
	// Pending counts leaves and participants whose removal is not yet covered.
	Pending int
	// History says that newcomers to the group are given what is written since it was
	// turned on.
	History bool
	// Expiry is after what time new messages disappear; 0: never.
	Expiry time.Duration
	// What the person has set and read; the same on all devices.
	MutedTo          time.Time // zero: not muted
	Pinned, Archived bool
	Blocked          bool // of two: the other one is
	Closed           bool // of two: the other one has closed the account
	// Reset is when, of two, the other one's handle went to a new account by the
	// server's word; zero: never.
	Reset time.Time
	// Request says that it is one of two, begun by a stranger, and that the person
	// has neither answered nor accepted it.
	Request bool
	Draft   string
	// Picture is a number that changes with the group's picture; 0 for none.
	Picture uint64
	Unread  int // messages, at most MaxUnread
	// ReadBy is up to where the others say that they have read.
	ReadBy []Reader
	// Number is the newest history number, which GroupInfo alone tells; nil where there
	// is nothing yet.
	Number *HistoryNumber
}

// Participant is an account in a conversation.
type Participant struct {
	Account account.ID
	Handle  string
	Role    convo.Role
	// Name is what the account calls itself; "" for nothing. It proves nothing.
	Name string
	// Reset is when the handle went to a new account; zero: never.
	Reset time.Time
	// Picture is a number that changes with the account's picture; 0 for none.
	Picture uint64
}

// Outgoing is a message to send.
type Outgoing struct {
	Text    string
	Files   []File
	ReplyTo MessageID
	// Key, where set, makes sending again the same message.
	Key string
	// Expiry is after what time the message disappears; 0: what the conversation
	// says.
	Expiry time.Duration
	// forward is what Forward sends.
	forward *content.Text
}

// File is a file to attach.
type File struct {
	Name      string
	MediaType string // "" is guessed from the content and name
	Size      int64
	Content   FileReader
	// KeepMetadata sends a picture or video with what it says of place, time,
	// device and people.
	KeepMetadata bool
}

// FileReader reads a file's content, more than once.
type FileReader interface {
	ReadAt(p []byte, off int64) (n int, err error)
}

// Page selects part of a history.
type Page struct {
	Before uint64 // only entries before this seq; 0 for no bound
	Limit  int    // at most so many, the newest; 0 for all
	// NoSync does not ask the server for what is new before: for whoever watches
	// anyway.
	NoSync bool
}

// Check is one thing that a health report looked at.
type Check struct {
	Name   string // stable word, e.g. "chain", "sealed roots", "deposits"
	State  string // ok, degraded, broken, unknown
	Detail string
	// Form is the sentence that Detail was made of, by which a translation finds it,
	// and Values what was filled in.
	Form      string
	Values    []string
	CheckedAt time.Time
}

// Vault is the health of an account's secure storage.
type Vault struct {
	State     string // the worst of the checks
	On        bool   // whether history is kept, by the account's chain
	Checks    []Check
	Realms    int
	Operators int
	// Unkept counts messages that were sent while the own vault was off: a restore
	// would not bring them back.
	Unkept int64
}

// Gap is a part of a history that could not be had.
type Gap struct {
	Conversation convo.ID
	Name         string
	From, To     uint64
	// Messages is how many messages between From and To are meant, 0 for all.
	Messages int64
	Reason   string
}

// Restored is the outcome of a restore.
type Restored struct {
	Account       account.ID
	Handle        string
	Conversations int
	Messages      int64
	Expected      int64
	Gaps          []Gap
	// Unkept are messages that were not to be kept, because the own vault was off;
	// Expected does not count them.
	Unkept []Gap
	// ConfirmedBy says who vouches for the heads: realms, or nobody but the
	// server.
	ConfirmedBy string
	Witnesses   int // how many realms confirm them
	AsOf        time.Time
	Unlock      time.Duration // from the start to the vault roots: stretching, realms
	FirstPage   time.Duration // from the recovery secret to the newest conversation's last page
	Total       time.Duration
	// Resumed says that this device was one of the account's before: it went on, and
	// tried no secret.
	Resumed    bool
	Keyholders []Keyholder // what the person is asked about: which are still theirs
}

// Intact reports whether every expected message is there.
func (r *Restored) Intact() bool { return len(r.Gaps) == 0 && r.Messages == r.Expected }

// Keyholder is a device or recovery method of the own account.
type Keyholder struct {
	ID      account.KeyholderID
	Kind    account.Kind
	Name    string
	Added   time.Time
	AddedBy account.KeyholderID
	Removed bool
	This    bool // this device
	// Of devices, as they say in the private log: when they were last in use, to
	// about a day, and what they run on.
	LastSeen time.Time
	Platform string
	// Place is where the file of a cloud key is, as far as this device knows.
	Place string
	// Tried is when a way back was last right, by a test or by a restore.
	Tried time.Time
	// Spent says of a PIN that it was guessed at too often and opens nothing.
	Spent bool
}
