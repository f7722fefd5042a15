package payload

import (
	"math"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// PreferenceKey says what is set. A number's meaning never changes.
type PreferenceKey uint8

// The preferences. Of an unset one there is no value.
const (
	PreferMuted    PreferenceKey = 1 // uint64: until when, in ms since 1970
	PreferPinned   PreferenceKey = 2 // empty
	PreferArchived PreferenceKey = 3 // empty
	PreferDraft    PreferenceKey = 4 // text
	PreferBlocked  PreferenceKey = 5 // empty; the subject is an account
	// Of the account itself, which is the subject.
	PreferShowRead   PreferenceKey = 43 // empty: others see up to where it has read
	PreferHideTyping PreferenceKey = 44 // empty: others do not see that it is typing
)

// Forever is the time until which something is muted that has no end.
const Forever = math.MaxUint64

// LastMS is the end of the year 9999, after which RFC 3339 has no times.
const LastMS = 253402300799999

// Preference is what an entry of the private log sets; the last one in the log
// counts.
type Preference struct {
	Subject [32]byte // a conversation's or an account's id
	Key     PreferenceKey
	Set     bool
	Value   []byte // nothing unless set
}

// Bytes returns a payload's body.
func (p *Preference) Bytes() []byte {
	b := syntax.AppendUint8(append([]byte(nil), p.Subject[:]...), uint8(p.Key))
	return syntax.AppendOpaque(syntax.AppendBool(b, p.Set), p.Value)
}

// ParsePreference reads a payload's body.
func ParsePreference(b []byte) (*Preference, error) {
	r := syntax.NewReader(b)
	p := new(Preference)
	r.Copy(p.Subject[:])
	p.Key, p.Set = PreferenceKey(r.Uint8()), r.Bool()
	p.Value = r.Opaque()
	if !p.Set && len(p.Value) > 0 || !p.Key.Takes(p.Value, p.Set) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, r.Done()
}

// Takes reports whether a value can be one of the key's. Keys of a later version
// take anything.
func (k PreferenceKey) Takes(v []byte, set bool) bool {
	switch k {
	case PreferMuted:
		return !set || len(v) == 8
	case PreferPinned, PreferArchived, PreferBlocked, PreferShowRead, PreferHideTyping:
		return len(v) == 0
	case PreferDraft:
		return len(v) <= content.MaxText && utf8.Valid(v)
	}
	return k != 0
}
