package convo

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

// Entry is a log entry as readers get it.
type Entry struct {
	Seq        uint64
	Kind       EntryKind
	Sender     Sender
	AcceptedMS uint64
	// Body is the entry's content; nil where it was erased.
	Body []byte
	// Header and BodyHash stand for an erased body.
	Header   []byte
	BodyHash []byte
	Frank    []byte
	Link     [32]byte
}

// Erased reports whether the body is gone.
func (e *Entry) Erased() bool { return len(e.Body) == 0 }

// HeaderOf returns the header of a body: the authenticated data of a message or
// commit, nothing of other entries.
func HeaderOf(kind EntryKind, body []byte) ([]byte, error) {
	if kind != EntryMessage && kind != EntryCommit {
		return nil, nil
	}
	h, err := mls.ParseHeader(body)
	if err != nil {
		return nil, ErrMalformed
	}
	return h.AuthenticatedData, nil
}

// RawHeader returns the entry's header, which stands beside an erased body.
func (e *Entry) RawHeader() ([]byte, error) {
	if !e.Erased() {
		return HeaderOf(e.Kind, e.Body)
	}
	if len(e.BodyHash) != len(EntryHashes{}.Body) || e.Kind != EntryMessage {
		return nil, ErrMalformed
	}
	return e.Header, nil
}

// Hashes returns what the entry's link is made of, and its header.
func (e *Entry) Hashes() (*EntryHashes, []byte, error) {
	h := &EntryHashes{
		Seq: e.Seq, Kind: e.Kind, Sender: e.Sender, AcceptedMS: e.AcceptedMS, Frank: HashPart(e.Frank),
	}
	header, err := e.RawHeader()
	if err != nil {
		return nil, nil, err
	}
	if e.Erased() {
		copy(h.Body[:], e.BodyHash)
	} else {
		h.Body = HashPart(e.Body)
	}
	h.Header = HashPart(header)
	return h, header, nil
}

// CheckRun verifies that entries follow each other without a gap, each with the
// link that its predecessor's gives. The first follows prev; with a nil prev its
// own link is taken as it is, to be verified once its predecessor is known.
// Parallel may be nil.
func CheckRun(prev *LogHead, entries []*Entry, parallel func(n int, f func(i int))) error {
	if len(entries) == 0 {
		return nil
	}
	hashes := make([]*EntryHashes, len(entries))
	errs := make([]error, len(entries))
	if parallel == nil {
		parallel = func(n int, f func(int)) {
			for i := range n {
				f(i)
			}
		}
	}
	parallel(len(entries), func(i int) { hashes[i], _, errs[i] = entries[i].Hashes() })
	for i, e := range entries {
		if errs[i] != nil {
			return errs[i]
		}
		var before LogHead
		switch {
		case i > 0:
			before = LogHead{entries[i-1].Seq, entries[i-1].Link}
		case prev == nil:
			continue
		default:
			before = *prev
		}
		if e.Seq != before.Seq+1 || Link(before.Link, hashes[i]) != e.Link {
			return ErrBadLink
		}
	}
	return nil
}

// CheckSender verifies that a message's log sender is its MLS signer, in the
// record of its epoch.
func (c *Record) CheckSender(leaf mls.LeafIndex, s Sender) error {
	l := c.Leaf(uint32(leaf))
	if l == nil || l.Account != s.Account || l.Device != s.Device {
		return ErrWrongSender
	}
	return nil
}

// CheckChain verifies that a message's sender was a device of its account at
// the chain head that its header names.
func (h *Header) CheckChain(chain *account.Chain, device account.KeyholderID) error {
	if !chain.Has(h.Chain) {
		return account.ErrFork
	}
	if !chain.ActiveAt(device, h.Chain.Seq) {
		return ErrNotADevice
	}
	return nil
}
