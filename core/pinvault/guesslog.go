package pinvault

import (
	"crypto/ed25519"
	"errors"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// LogEntrySize is the size of every entry of the guess log in bytes; LogPage is
// how many one response brings at most, and LogKept how many a realm keeps.
const (
	LogEntrySize = 1 + 8 + 8 + 32 + 16 + 3 + 32 + 64
	LogPage      = 256
	LogKept      = 1024
)

// ErrLog says that an entry of a guess log is malformed, not signed by its realm,
// or does not follow the one before.
var ErrLog = errors.New("pinvault: guess log does not verify")

// Event is what an entry of the guess log records.
type Event uint8

// The events. A guess that no EventOpened follows was wrong or was given up.
const (
	EventRegistered Event = 1 // a registration was put in
	EventGuess      Event = 2 // a guess was counted
	EventOpened     Event = 3 // the right PIN was proved; the count went back to zero
	EventWrongTag   Event = 4 // a proof of the PIN was wrong
	EventLocked     Event = 5 // the guesses were used up, the registration erased
	EventRestored   Event = 6 // the realm came back from a backup: one guess is left
)

// LogEntry is an entry of the guess log of one registration at one realm.
type LogEntry struct {
	Seq      uint64 // from 1
	Time     int64  // by the realm's clock, milliseconds since 1970
	Account  AccountID
	Recovery RecoveryID
	Event    Event
	InARow   int // guesses since the last proven success
	Failures int // unproven guesses in the registration's life
	Prev     [32]byte
}

func (e LogEntry) content() []byte {
	b := syntax.AppendUint8(nil, formatVersion)
	b = syntax.AppendUint64(b, e.Seq)
	b = syntax.AppendUint64(b, uint64(e.Time))
	b = append(b, e.Account[:]...)
	b = append(b, e.Recovery[:]...)
	b = append(b, uint8(e.Event), uint8(e.InARow), uint8(e.Failures))
	return append(b, e.Prev[:]...)
}

func (e LogEntry) sign(key ed25519.PrivateKey) []byte {
	b := e.content()
	s := sign(key, labelLogEntry, b)
	return append(b, s[:]...)
}

func logHash(entry []byte) [32]byte { return digest(labelLogHash, entry) }

// ParseLogEntry reads an entry and checks its realm's signature.
func ParseLogEntry(data []byte, realm PublicKey) (LogEntry, error) {
	r := syntax.NewReader(data)
	var e LogEntry
	readVersion(r)
	e.Seq = r.Uint64()
	e.Time = int64(r.Uint64())
	r.Copy(e.Account[:])
	r.Copy(e.Recovery[:])
	e.Event, e.InARow, e.Failures = Event(r.Uint8()), int(r.Uint8()), int(r.Uint8())
	r.Copy(e.Prev[:])
	s := r.Fixed(ed25519.SignatureSize)
	if r.Done() != nil || !verify(realm, labelLogEntry, e.content(), s) {
		return LogEntry{}, ErrLog
	}
	return e, nil
}

// parseLog checks a run of entries: signatures, whose log it is, and that each
// names the hash of the one before.
func parseLog(entries [][]byte, realm PublicKey, account AccountID, recovery RecoveryID) ([]LogEntry, error) {
	var out []LogEntry
	for i, data := range entries {
		e, err := ParseLogEntry(data, realm)
		if err != nil {
			return nil, err
		}
		if e.Account != account || e.Recovery != recovery ||
			i > 0 && (e.Seq != out[i-1].Seq+1 || e.Prev != logHash(entries[i-1])) {
			return nil, ErrLog
		}
		out = append(out, e)
	}
	return out, nil
}
