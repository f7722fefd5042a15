package disclose

import "time"

// Conversation is one in which the account takes or took part.
type Conversation struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"` // direct or group
	Creator    string    `json:"creator"`
	Created    time.Time `json:"created"`
	LastActive time.Time `json:"lastActive"` // of anybody
	Generation uint32    `json:"generation"`
	Epoch      uint64    `json:"epoch"`
	Entries    uint64    `json:"entries"` // of everybody

	Role    string    `json:"role"`
	Joined  time.Time `json:"joined"`
	Left    time.Time `json:"left,omitzero"`    // when the account said so
	Removed time.Time `json:"removed,omitzero"` // when a commit took it out
	// Devices are those of the account that are leaves of the MLS group.
	Devices []string      `json:"devices"`
	With    []Participant `json:"with"`

	Posted   Posted   `json:"posted"`
	Deposits Amount   `json:"deposits"`
	Welcomes Amount   `json:"welcomes"`
	Shared   Amount   `json:"shared"` // epochs with their records, and the group's public state
	Released []uint64 `json:"released,omitempty"`
	// Stored is up to which entry devices said that they have the log.
	Stored map[string]uint64 `json:"stored,omitempty"`
	// ReadMark is the size of what the account has left for the others, sealed, to
	// say up to where it has read.
	ReadMark int64 `json:"readMark,omitzero"`
}

// Amount is how many and how large.
type Amount struct {
	Count int   `json:"count"`
	Bytes int64 `json:"bytes"`
}

// Participant is somebody else in a conversation.
type Participant struct {
	Handle  string `json:"handle,omitempty"`
	Account string `json:"account"`
	Role    string `json:"role"`
	Present bool   `json:"present"`
}

// Posted is what the account wrote into a conversation's log.
type Posted struct {
	Count    int       `json:"count"`
	Bytes    int64     `json:"bytes"`
	Messages int       `json:"messages"`
	Edits    int       `json:"edits"`
	Unsends  int       `json:"unsends"`
	Infos    int       `json:"infos"`
	Commits  int       `json:"commits"`
	Erased   int       `json:"erased"`
	Expiring int       `json:"expiring"`
	First    time.Time `json:"first,omitzero"`
	Last     time.Time `json:"last,omitzero"`
	Entries  []Entry   `json:"entries"`
}

// Entry is an entry that the account posted.
type Entry struct {
	Seq        uint64    `json:"seq"`
	Kind       string    `json:"kind"`
	Time       time.Time `json:"time"`
	Device     string    `json:"device"`
	Bytes      int64     `json:"bytes"` // of the ciphertext; 0 once erased
	Erased     bool      `json:"erased,omitempty"`
	Target     uint64    `json:"target,omitempty"`
	EraseAfter time.Time `json:"eraseAfter,omitzero"`
}
