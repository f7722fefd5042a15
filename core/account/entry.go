package account

import (
	"errors"
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	formatVersion = 1
	// MaxEntry is the size limit of an encoded entry in bytes.
	MaxEntry = 16 << 10
	// MaxChain is the largest number of entries of a chain.
	MaxChain = 4096
	// MaxKeyholders is the largest number of active keyholders.
	MaxKeyholders = 64
	// MaxSealedName is the length limit of a keyholder's encrypted name.
	MaxSealedName = 128

	signatureSize = 64

	labelEntry       = "account chain entry"
	labelCountersign = "account chain countersignature"
	labelAccountID   = "account id"
	labelEntryHash   = "account chain entry hash"
)

// Entry is one entry of an account chain. Once it is in a Chain it must not be
// changed.
type Entry struct {
	Account ID          // zero in the genesis entry
	Seq     uint64      // 1 in the genesis entry
	Prev    Hash        // hash of the entry before; zero in the genesis entry
	Time    uint64      // milliseconds since 1970, as the signer claims
	Signer  KeyholderID // who signed
	LogHead LogHead     // the newest head of the private log that the signer knew
	Body    Body

	Signature        []byte // 64 bytes, by Signer
	Countersignature []byte // 64 bytes, by the keyholder that Add and Recover add; else nil
}

// Content returns the encoding without the signatures: what is signed.
func (e *Entry) Content() []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	if e.Account.IsZero() {
		b = syntax.AppendOpaque(b, nil)
		b = syntax.AppendUint64(b, e.Seq)
		b = syntax.AppendOpaque(b, nil)
	} else {
		b = syntax.AppendOpaque(b, e.Account[:])
		b = syntax.AppendUint64(b, e.Seq)
		b = syntax.AppendOpaque(b, e.Prev[:])
	}
	b = syntax.AppendUint64(b, e.Time)
	b = append(b, e.Signer[:]...)
	b = e.LogHead.Append(b)
	b = syntax.AppendUint8(b, uint8(e.Body.bodyType()))
	return e.Body.append(b)
}

// Marshal returns the encoding.
func (e *Entry) Marshal() []byte {
	b := syntax.AppendOpaque(e.Content(), e.Signature)
	return syntax.AppendOpaque(b, e.Countersignature)
}

// Hash returns the hash by which the next entry and every head name e.
func (e *Entry) Hash() Hash { return HashWithLabel(labelEntryHash, e.Marshal()) }

// ClaimedTime returns Time as a time.Time in UTC.
func (e *Entry) ClaimedTime() time.Time { return time.UnixMilli(int64(e.Time)).UTC() }

// ParseEntry decodes an entry and checks what can be checked without the
// chain: sizes, keys, and that exactly the genesis entry names no account.
// Errors wrap ErrMalformed, ErrVersion or ErrEntrySize.
func ParseEntry(data []byte) (*Entry, error) {
	if len(data) > MaxEntry {
		return nil, ErrEntrySize
	}
	r := syntax.NewReader(data)
	e, err := readContent(r)
	if err != nil {
		return nil, err
	}
	e.Signature = readSignature(r, true)
	e.Countersignature = readSignature(r, false)
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: entry: %w", ErrMalformed, err)
	}
	return e, nil
}

// ParseEntryContent decodes what Content returned: an entry before it is
// signed, as a new keyholder sees it that is asked to countersign.
func ParseEntryContent(data []byte) (*Entry, error) {
	if len(data) > MaxEntry {
		return nil, ErrEntrySize
	}
	r := syntax.NewReader(data)
	e, err := readContent(r)
	if err != nil {
		return nil, err
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: entry: %w", ErrMalformed, err)
	}
	return e, nil
}

func readContent(r *syntax.Reader) (*Entry, error) {
	if v := r.Uint16(); r.Err() == nil && v != formatVersion {
		return nil, ErrVersion
	}
	e := &Entry{}
	account := r.Opaque()
	e.Seq = r.Uint64()
	prev := r.Opaque()
	e.Time = r.Uint64()
	r.Copy(e.Signer[:])
	e.LogHead = ReadLogHead(r)
	t := BodyType(r.Uint8())
	if r.Err() == nil {
		if err := e.setOrigin(t, account, prev); err != nil {
			r.Fail(err)
		}
	}
	e.Body = readBody(r, t)
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("%w: entry: %w", ErrMalformed, err)
	}
	return e, nil
}

// setOrigin sets account and predecessor, of which the genesis entry has none
// and every other entry both.
func (e *Entry) setOrigin(t BodyType, account, prev []byte) error {
	if t == BodyGenesis {
		if len(account) != 0 || len(prev) != 0 || e.Seq != 1 {
			return ErrGenesis
		}
		return nil
	}
	if len(account) != len(e.Account) || len(prev) != len(e.Prev) || e.Seq < 2 {
		return syntax.ErrBadLength
	}
	copy(e.Account[:], account)
	copy(e.Prev[:], prev)
	if e.Account.IsZero() || e.Prev.IsZero() {
		return syntax.ErrInvalidValue
	}
	return nil
}

func readSignature(r *syntax.Reader, required bool) []byte {
	s := r.Opaque()
	if r.Err() != nil || len(s) == 0 && !required {
		return nil
	}
	if len(s) != signatureSize {
		r.Fail(syntax.ErrBadLength)
		return nil
	}
	return append([]byte(nil), s...)
}

// Countersign returns the signature by which a new keyholder agrees to be
// added. Content is that of an entry which adds exactly s to the account id;
// anything else is refused, so that nothing can be slipped in to be signed.
func (s *KeyholderSecret) Countersign(id ID, content []byte) ([]byte, error) {
	e, err := ParseEntryContent(content)
	if err != nil {
		return nil, err
	}
	added := addedBy(e.Body)
	switch {
	case e.Account != id:
		return nil, ErrAccount
	case added == nil || added.Public != s.Public():
		return nil, fmt.Errorf("%w: entry adds somebody else", ErrCountersignature)
	}
	return s.Sign(labelCountersign, content), nil
}

// addedBy returns the keyholder that a body adds with a countersignature.
func addedBy(b Body) *NewKeyholder {
	switch b := b.(type) {
	case *Add:
		return &b.Keyholder
	case *Recover:
		return &b.Keyholder
	}
	return nil
}

// verifySignatures checks both signatures of e. Signer is the key of e.Signer.
func (e *Entry) verifySignatures(signer SignatureKey) error {
	content := e.Content()
	if err := signer.Verify(labelEntry, content, e.Signature); err != nil {
		return err
	}
	added := addedBy(e.Body)
	if added == nil {
		if e.Countersignature != nil {
			return ErrCountersignature
		}
		return nil
	}
	err := added.Public.SignatureKey.Verify(labelCountersign, content, e.Countersignature)
	if errors.Is(err, ErrSignature) {
		return ErrCountersignature
	}
	return err
}
