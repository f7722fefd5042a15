package privatelog

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	formatVersion = 1
	signatureSize = 64

	// MaxPayload is the length limit of a payload in bytes.
	MaxPayload = 1<<20 - 1
	// MaxEntry is the size limit of an encoded entry in bytes.
	MaxEntry = 1<<20 + 512

	labelEntry      = "private log entry"
	labelLink       = "private log link"
	labelCiphertext = "private log ciphertext"
)

// What can be wrong with an entry or a run of them.
var (
	ErrMalformed = errors.New("privatelog: malformed encoding")
	ErrVersion   = errors.New("privatelog: unknown version")
	ErrSize      = errors.New("privatelog: too large")
	ErrErased    = errors.New("privatelog: ciphertext was erased")
	// ErrOpen is every failure to decrypt, whatever its cause.
	ErrOpen = errors.New("privatelog: cannot decrypt")

	ErrSequence   = errors.New("privatelog: entry does not follow the one before")
	ErrLink       = errors.New("privatelog: link does not match")
	ErrDevice     = errors.New("privatelog: writer was not a device of the account")
	ErrVaultEpoch = errors.New("privatelog: not the vault epoch of the named chain head")
	ErrChainOlder = errors.New("privatelog: entry names an older chain head than the one before")
	ErrSignature  = errors.New("privatelog: signature does not verify")
	ErrTruncated  = errors.New("privatelog: log ends before the head that the chain names")
)

// Entry is one entry of a private log, encrypted.
type Entry struct {
	Seq        uint64              // counted from 1
	Prev       account.Hash        // link of the entry before; zero in the first
	Device     account.KeyholderID // who wrote it
	Chain      account.Head        // the newest head of the account chain that the writer knew
	VaultEpoch uint64              // number of the vault epoch at Chain
	Time       uint64              // milliseconds since 1970, as the writer claims

	CiphertextHash account.Hash // labelled hash of Ciphertext
	Ciphertext     []byte       // nonce and ciphertext; empty once erased
	Signature      []byte       // 64 bytes, by Device
}

// header is the encoding up to the ciphertext's hash.
func (e *Entry) header() []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	b = syntax.AppendUint64(b, e.Seq)
	b = append(b, e.Prev[:]...)
	b = append(b, e.Device[:]...)
	b = e.Chain.Append(b)
	b = syntax.AppendUint64(b, e.VaultEpoch)
	b = syntax.AppendUint64(b, e.Time)
	return append(b, e.CiphertextHash[:]...)
}

// Marshal returns the encoding.
func (e *Entry) Marshal() []byte {
	b := syntax.AppendOpaque(e.header(), e.Ciphertext)
	return syntax.AppendOpaque(b, e.Signature)
}

// Link returns the entry's link: a labelled hash of the account and everything
// in the entry but the signature, the ciphertext by its hash. It stays the same
// when the ciphertext is erased.
func (e *Entry) Link(id account.ID) account.Hash {
	return account.HashWithLabel(labelLink, append(bytes.Clone(id[:]), e.header()...))
}

// Head returns the position of e in the log of an account.
func (e *Entry) Head(id account.ID) account.LogHead {
	return account.LogHead{Seq: e.Seq, Link: e.Link(id)}
}

// ClaimedTime returns Time as a time.Time in UTC.
func (e *Entry) ClaimedTime() time.Time { return time.UnixMilli(int64(e.Time)).UTC() }

// Erase returns e without its ciphertext. Links and signature still hold.
func (e *Entry) Erase() *Entry {
	erased := *e
	erased.Ciphertext = nil
	return &erased
}

// signed is what the writer signs.
func (e *Entry) signed(id account.ID) []byte {
	return e.Head(id).Append(bytes.Clone(id[:]))
}

// ParseEntry decodes an entry and checks that the ciphertext, where it is
// still there, has its hash.
func ParseEntry(data []byte) (*Entry, error) {
	if len(data) > MaxEntry {
		return nil, ErrSize
	}
	r := syntax.NewReader(data)
	if v := r.Uint16(); r.Err() == nil && v != formatVersion {
		return nil, ErrVersion
	}
	e := &Entry{Seq: r.Uint64()}
	r.Copy(e.Prev[:])
	r.Copy(e.Device[:])
	e.Chain = account.ReadHead(r)
	e.VaultEpoch = r.Uint64()
	e.Time = r.Uint64()
	r.Copy(e.CiphertextHash[:])
	e.Ciphertext = bytes.Clone(r.Opaque())
	e.Signature = bytes.Clone(r.Opaque())
	if r.Err() == nil {
		switch {
		case e.Seq == 0, (e.Seq == 1) != e.Prev.IsZero(), e.Chain.IsZero(), e.VaultEpoch == 0:
			r.Fail(syntax.ErrInvalidValue)
		case len(e.Signature) != signatureSize:
			r.Fail(syntax.ErrBadLength)
		case len(e.Ciphertext) > 0 && account.HashWithLabel(labelCiphertext, e.Ciphertext) != e.CiphertextHash:
			r.Fail(syntax.ErrInvalidValue)
		}
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: entry: %w", ErrMalformed, err)
	}
	return e, nil
}
