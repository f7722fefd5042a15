package account

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// MaxHeadTable is the largest number of accounts in a head table.
const MaxHeadTable = 4096

// HeadEntry says where one account's chain stands.
type HeadEntry struct {
	Account    ID
	Handle     Handle
	Head       Head
	VaultEpoch uint64 // number of the vault epoch at the head
}

// HeadEntry returns the entry of c at its head.
func (c *Chain) HeadEntry() HeadEntry {
	return HeadEntry{c.id, c.handle, c.Head(), c.Vault().Number}
}

// HeadTable says, for each participant of a conversation, at which chain head a
// commit was made. A valid table is in strictly ascending order of account.
type HeadTable []HeadEntry

// NewHeadTable returns the table of the entries, which may come in any order.
// It fails with ErrHeadTable if an account is there twice or an entry is empty.
func NewHeadTable(entries []HeadEntry) (HeadTable, error) {
	t := HeadTable(slices.Clone(entries))
	slices.SortFunc(t, func(a, b HeadEntry) int { return bytes.Compare(a.Account[:], b.Account[:]) })
	return t, t.check()
}

func (t HeadTable) check() error {
	if len(t) > MaxHeadTable {
		return ErrHeadTable
	}
	for i, e := range t {
		if i > 0 && bytes.Compare(t[i-1].Account[:], e.Account[:]) >= 0 {
			return ErrHeadTable
		}
		if e.Account.IsZero() || e.Head.Seq == 0 || e.Head.Seq > MaxChain || e.VaultEpoch == 0 || e.VaultEpoch > e.Head.Seq {
			return ErrHeadTable
		}
		if _, err := ParseHandle(string(e.Handle)); err != nil {
			return ErrHeadTable
		}
	}
	return nil
}

// Marshal returns the encoding.
func (t HeadTable) Marshal() []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, e := range t {
			b = append(b, e.Account[:]...)
			b = syntax.AppendString(b, string(e.Handle))
			b = e.Head.Append(b)
			b = syntax.AppendUint64(b, e.VaultEpoch)
		}
		return b
	})
}

// ParseHeadTable decodes what Marshal returned and checks order and values.
func ParseHeadTable(data []byte) (HeadTable, error) {
	r := syntax.NewReader(data)
	if v := r.Uint16(); r.Err() == nil && v != formatVersion {
		return nil, ErrVersion
	}
	t := HeadTable(syntax.List(r, func(r *syntax.Reader) (e HeadEntry) {
		r.Copy(e.Account[:])
		e.Handle = readName(r, ParseHandle)
		e.Head = ReadHead(r)
		e.VaultEpoch = r.Uint64()
		return e
	}))
	if len(t) > MaxHeadTable {
		r.Fail(ErrHeadTable)
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: head table: %w", ErrMalformed, err)
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	return t, nil
}

// Hash returns the labelled hash of the encoding.
func (t HeadTable) Hash() Hash { return HashWithLabel("head table", t.Marshal()) }

// Find returns the entry of an account, false if there is none.
func (t HeadTable) Find(id ID) (HeadEntry, bool) {
	i, ok := slices.BinarySearchFunc(t, id, func(e HeadEntry, id ID) int { return bytes.Compare(e.Account[:], id[:]) })
	if !ok {
		return HeadEntry{}, false
	}
	return t[i], true
}

// CheckFollows returns ErrHeadOlder unless, for every account in both tables, t
// names the same handle and a head that is not older than before: a higher seq,
// or the same seq with the same hash, and no lower vault epoch.
func (t HeadTable) CheckFollows(before HeadTable) error {
	for _, old := range before {
		e, ok := t.Find(old.Account)
		if !ok {
			continue
		}
		if e.Handle != old.Handle || e.Head.Seq < old.Head.Seq || e.VaultEpoch < old.VaultEpoch ||
			e.Head.Seq == old.Head.Seq && e != old {
			return ErrHeadOlder
		}
	}
	return nil
}

// CheckHead returns nil if e is what the chain says at e's head. It returns
// ErrFork if the chain lacks that head (one that is merely behind, with a lower
// seq, is fetched anew first) and ErrHeadMismatch if account, handle or vault
// epoch are others.
func (c *Chain) CheckHead(e HeadEntry) error {
	if e.Account != c.id || e.Handle != c.handle {
		return ErrHeadMismatch
	}
	if !c.Has(e.Head) {
		return ErrFork
	}
	if v, ok := c.VaultAt(e.Head.Seq); !ok || v.Number != e.VaultEpoch {
		return ErrHeadMismatch
	}
	return nil
}
