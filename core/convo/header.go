package convo

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Purpose says in the clear what kind of thing a message is, where the server
// has to act on it.
type Purpose uint8

// The purposes.
const (
	PurposeMessage Purpose = 1 // text, attachment, reply, reaction
	PurposeEdit    Purpose = 2 // replaces its target's content
	PurposeUnsend  Purpose = 3 // erases its target for everyone
	PurposeInfo    Purpose = 4 // the conversation's name, picture, settings
)

// LogHead is a place on a log: an entry's seq and link. The zero LogHead is
// the place before the first entry.
type LogHead struct {
	Seq  uint64
	Link [32]byte
}

// Header is a message's authenticated data. The server reads it and never
// erases it (spec/log.md, MessageHeader).
type Header struct {
	Purpose Purpose
	// Log is a head of this conversation's log that the sender has seen.
	Log LogHead
	// Chain is the sender's own account chain's head.
	Chain account.Head
	// Idempotency makes a repeated post the same message.
	Idempotency [16]byte
	// FrankingTag commits to the content (spec/frank.md).
	FrankingTag [32]byte
	// EraseAfterMS is the time, in ms since 1970, after which the server erases
	// the ciphertext; 0 means never. It agrees with the content's expires.
	EraseAfterMS uint64
	// Target is the seq of what is edited or unsent; 0 for other purposes.
	Target uint64
}

const headerVersion = 1

// Append appends the encoding.
func (h *Header) Append(b []byte) []byte {
	b = syntax.AppendUint16(b, headerVersion)
	b = syntax.AppendUint8(b, uint8(h.Purpose))
	b = appendLogHead(b, h.Log)
	b = appendChainHead(b, h.Chain)
	b = append(b, h.Idempotency[:]...)
	b = append(b, h.FrankingTag[:]...)
	b = syntax.AppendUint64(b, h.EraseAfterMS)
	return syntax.AppendUint64(b, h.Target)
}

// ParseHeader reads the encoding.
func ParseHeader(b []byte) (*Header, error) {
	r := syntax.NewReader(b)
	if r.Uint16() != headerVersion {
		return nil, ErrMalformed
	}
	h := &Header{Purpose: Purpose(r.Uint8())}
	h.Log = readLogHead(r)
	h.Chain = readChainHead(r)
	r.Copy(h.Idempotency[:])
	r.Copy(h.FrankingTag[:])
	h.EraseAfterMS = r.Uint64()
	h.Target = r.Uint64()
	if r.Done() != nil || h.Purpose < PurposeMessage || h.Purpose > PurposeInfo {
		return nil, ErrMalformed
	}
	if (h.Target != 0) != (h.Purpose == PurposeEdit || h.Purpose == PurposeUnsend) {
		return nil, ErrMalformed
	}
	return h, nil
}

// CommitHeader is a commit's authenticated data (spec/log.md).
type CommitHeader struct {
	// Log is a head of this conversation's log that the committer has seen.
	Log LogHead
	// HeadTable is the hash of the head table that comes with the commit.
	HeadTable [32]byte
	// Idempotency makes a repeated post the same commit.
	Idempotency [16]byte
}

// Append appends the encoding.
func (h *CommitHeader) Append(b []byte) []byte {
	b = syntax.AppendUint16(b, headerVersion)
	b = appendLogHead(b, h.Log)
	b = append(b, h.HeadTable[:]...)
	return append(b, h.Idempotency[:]...)
}

// ParseCommitHeader reads the encoding.
func ParseCommitHeader(b []byte) (*CommitHeader, error) {
	r := syntax.NewReader(b)
	if r.Uint16() != headerVersion {
		return nil, ErrMalformed
	}
	h := &CommitHeader{Log: readLogHead(r)}
	r.Copy(h.HeadTable[:])
	r.Copy(h.Idempotency[:])
	if r.Done() != nil {
		return nil, ErrMalformed
	}
	return h, nil
}

func appendLogHead(b []byte, h LogHead) []byte {
	return append(syntax.AppendUint64(b, h.Seq), h.Link[:]...)
}

func readLogHead(r *syntax.Reader) LogHead {
	h := LogHead{Seq: r.Uint64()}
	r.Copy(h.Link[:])
	return h
}

func appendChainHead(b []byte, h account.Head) []byte {
	return append(syntax.AppendUint64(b, h.Seq), h.Hash[:]...)
}

func readChainHead(r *syntax.Reader) account.Head {
	h := account.Head{Seq: r.Uint64()}
	r.Copy(h.Hash[:])
	return h
}
