package messenger

import (
	"encoding/hex"
	"time"
)

// ThreadKind tells a conversation of two from a group.
type ThreadKind uint8

// The kinds of thread.
const (
	Direct ThreadKind = iota
	Group
)

// String returns "direct" or "group".
func (k ThreadKind) String() string {
	if k == Direct {
		return "direct"
	}
	return "group"
}

// Thread is a conversation of the export.
type Thread struct {
	// ID is the same in every export of the account.
	ID string
	// Folder says where the export keeps it: "inbox", "archived_threads", …
	Folder string
	// Title is the group's name or the other person's.
	Title string
	// Participants are names, sorted, with the owner's; people who left may be
	// missing.
	Participants []string
	Kind         ThreadKind

	files []string // oldest first
}

// MessageID identifies a message across exports.
type MessageID [32]byte

// String returns the id in lower-case hexadecimal.
func (id MessageID) String() string { return hex.EncodeToString(id[:]) }

// Kind is what a message is.
type Kind uint8

// The kinds of message.
const (
	// KindText is a text, perhaps with attachments or a link.
	KindText Kind = iota
	// KindMedia has attachments and no text.
	KindMedia
	// KindShare is a shared link without a text.
	KindShare
	// KindCall is a call that took place or was missed.
	KindCall
	// KindUnsent was taken back by its sender; it has no content.
	KindUnsent
	// KindSystem is a note of the service, such as "Bob left the group".
	KindSystem
	// KindEmpty has nothing that the export would tell.
	KindEmpty
)

var kindNames = [...]string{"text", "media", "share", "call", "unsent", "system", "empty"}

// String returns the kind's name.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "invalid"
}

// Message is one message of a thread.
type Message struct {
	ID     MessageID
	Time   time.Time // with milliseconds, in UTC
	Sender string
	Kind   Kind
	// Text is what was written, or of a call or system message the export's
	// description.
	Text string
	// Link was shared with the message; http or https, or empty.
	Link string
	// CallSeconds is how long a call lasted; 0 for a missed one.
	CallSeconds int
	Reactions   []Reaction
	Attachments []Attachment
}

// Reaction is one person's reaction to a message.
type Reaction struct {
	Actor string
	Emoji string
}

// Attachment is a file of the export.
type Attachment struct {
	// Path is where it is in the export; empty if Err is set.
	Path string
	// Name is the last element of the path.
	Name string
	// MediaType is guessed from the name.
	MediaType string
	// Size in bytes.
	Size int64
	// Err is ErrMissing or ErrUnsafePath if there is no such file in the export.
	Err error
}
