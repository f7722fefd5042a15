package messenger

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrNoExport reports that there is no Messenger export in JSON format.
	ErrNoExport = errors.New("messenger: no export in JSON format found")
	// ErrLimit reports a file beyond this package's limits.
	ErrLimit = errors.New("messenger: limit exceeded")
	// ErrFormat reports a file that is not what an export holds.
	ErrFormat = errors.New("messenger: not in the export's format")
	// ErrUnsafePath reports a path that leads out of the export.
	ErrUnsafePath = errors.New("messenger: path leads out of the export")
	// ErrMissing reports an attachment whose file is not in the export.
	ErrMissing = errors.New("messenger: file is not in the export")
)

// OwnerError reports that it is not clear whose export it is.
type OwnerError struct {
	// Choices are the people it may be, the most frequent first, at most 10.
	Choices []string
}

// Error names the choices, which the user needs to see; it is not for logs.
func (e *OwnerError) Error() string {
	return fmt.Sprintf("messenger: whose export is it? one of: %s", strings.Join(e.Choices, ", "))
}

// Problem is a file, or a part of one, that could not be read.
type Problem struct {
	// Path of the file in the export.
	Path string
	// Err is why; it wraps one of this package's errors or is the file system's.
	Err error
}

// Limits.
const (
	// MaxMessage is the size of one message's JSON in bytes: room for the longest
	// text, every byte of it written as six. A longer message is left out and
	// counted.
	MaxMessage = 512 << 10
	// MaxFile is the size of one JSON file in bytes. The exports' own are about
	// a tenth of that.
	MaxFile = 64 << 20
	// MaxThreads is the number of conversations.
	MaxThreads = 100_000
	// MaxFilesPerThread is the number of message files of one conversation.
	MaxFilesPerThread = 10_000
	// MaxParticipants is the number of people in one conversation.
	MaxParticipants = 10_000
	// MaxText is the size of a text in bytes; longer ones are cut.
	MaxText = 64 << 10
	// MaxPerMessage is the number of reactions, and of attachments, of a message.
	MaxPerMessage = 1_000

	maxProblems = 1_000
	maxName     = 1_024
)
