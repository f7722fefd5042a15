package convo

import (
	"crypto/ed25519"
	"crypto/sha256"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// EntryKind is the kind of a log entry.
type EntryKind uint8

// The kinds of log entry. A number's meaning never changes.
const (
	EntryCreate     EntryKind = 1
	EntryCommit     EntryKind = 2
	EntryMessage    EntryKind = 3
	EntryLeave      EntryKind = 4
	EntryGeneration EntryKind = 5
)

// Sender is who the server says posted an entry; readers hold it against the
// MLS signer.
type Sender struct {
	Account account.ID
	Device  account.KeyholderID
}

// EntryHashes is what a link is made of: an entry with its header and body
// replaced by their hashes, so that links verify when a body has been erased.
type EntryHashes struct {
	Seq        uint64
	Kind       EntryKind
	Sender     Sender
	AcceptedMS uint64
	Header     [32]byte
	Body       [32]byte
	Frank      [32]byte
}

// HashPart is the hash of a header, body or frank inside an entry.
func HashPart(b []byte) [32]byte { return sha256.Sum256(b) }

// Link computes the link of an entry that follows one with the link prev; the
// first entry follows the zero link (spec/log.md).
func Link(prev [32]byte, e *EntryHashes) [32]byte {
	return account.HashWithLabel("log link", linkContent(prev, e))
}

func linkContent(prev [32]byte, e *EntryHashes) []byte {
	b := make([]byte, 0, 256)
	b = append(b, prev[:]...)
	b = syntax.AppendUint64(b, e.Seq)
	b = syntax.AppendUint8(b, uint8(e.Kind))
	b = append(b, e.Sender.Account[:]...)
	b = append(b, e.Sender.Device[:]...)
	b = syntax.AppendUint64(b, e.AcceptedMS)
	b = append(b, e.Header[:]...)
	b = append(b, e.Body[:]...)
	return append(b, e.Frank[:]...)
}

func headTBS(id ID, h LogHead) []byte {
	h0 := account.HashWithLabel("log head", appendLogHead(append([]byte(nil), id[:]...), h))
	return h0[:]
}

// SignHead signs a log's head with the server's key: Ed25519 over the labelled
// hash of id, seq and link.
func SignHead(key ed25519.PrivateKey, id ID, h LogHead) []byte {
	return ed25519.Sign(key, headTBS(id, h))
}

// VerifyHead verifies the server's signature over a head.
func VerifyHead(server ed25519.PublicKey, id ID, h LogHead, signature []byte) error {
	if len(server) != ed25519.PublicKeySize || !ed25519.Verify(server, headTBS(id, h), signature) {
		return ErrBadHead
	}
	return nil
}
