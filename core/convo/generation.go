package convo

import (
	"bytes"
	"fmt"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Reason says why a generation's group was given up for the next.
type Reason uint8

// The reasons. The first two are the word of whoever opened the generation:
// nobody else can know what a device could not process or open.
const (
	ReasonCommit  Reason = 1 // a commit could not be processed
	ReasonDeposit Reason = 2 // the own deposit did not open
	ReasonSuite   Reason = 3 // the group moves to another cipher suite
)

// ComponentOpening holds an Opening, in the GroupInfo that begins a generation
// (private use).
const ComponentOpening mls.ComponentID = 0xC0FD

// Opening is what a device says when it opens the next generation: why, and
// from which epoch on (spec/conversation.md). The GroupInfo's signature covers it.
type Opening struct {
	Reason Reason
	// Generation and Epoch are the latest accepted, Record is that epoch's record
	// hash.
	Generation uint32
	Epoch      uint64
	Record     [32]byte
	// Log is a head of the log that the device has seen.
	Log LogHead
}

const openingVersion = 1

// Append appends the encoding.
func (o *Opening) Append(b []byte) []byte {
	b = syntax.AppendUint16(b, openingVersion)
	b = syntax.AppendUint8(b, uint8(o.Reason))
	b = syntax.AppendUint32(b, o.Generation)
	b = syntax.AppendUint64(b, o.Epoch)
	b = append(b, o.Record[:]...)
	return appendLogHead(b, o.Log)
}

// ParseOpening reads the encoding.
func ParseOpening(b []byte) (*Opening, error) {
	r := syntax.NewReader(b)
	if r.Uint16() != openingVersion {
		return nil, ErrMalformed
	}
	o := &Opening{Reason: Reason(r.Uint8()), Generation: r.Uint32(), Epoch: r.Uint64()}
	r.Copy(o.Record[:])
	o.Log = readLogHead(r)
	if r.Done() != nil || o.Reason < ReasonCommit || o.Reason > ReasonSuite {
		return nil, ErrMalformed
	}
	return o, nil
}

// Extensions returns the extensions of the GroupInfo that begins the generation,
// beside external_pub and ratchet_tree.
func (o *Opening) Extensions() mls.Extensions {
	return mls.Extensions{}.WithAppData(mls.AppDataDictionary{}.With(ComponentOpening, o.Append(nil)))
}

// Opening returns what a device says that opens the generation after p.
func (p *Position) Opening(why Reason, log LogHead) *Opening {
	return &Opening{Reason: why, Generation: p.Generation, Epoch: p.Epoch, Record: p.Record.Hash(), Log: log}
}

// NextState returns what the GroupContext of the generation after p says.
func (p *Position) NextState() *State {
	f := *p.State.Facts
	f.Generation++
	return &State{Facts: &f, Participants: p.State.Participants}
}

// Reopen returns the position at epoch 0 of the next generation and the public
// group there, from the body of the entry that opens it: a GroupInfo with its
// tree of one leaf. It has exactly the participants and facts of p, whose head
// table goes on to count. The opener's leaf is judged with the first commit.
func (p *Position) Reopen(entry *Entry) (*Position, *mls.PublicGroup, *Opening, error) {
	g, info, pub, err := beginning(entry.Body)
	if err != nil {
		return nil, nil, nil, err
	}
	o, err := openingOf(info)
	if err != nil {
		return nil, nil, nil, err
	}
	if o.Generation != p.Generation || o.Epoch != p.Epoch || o.Record != p.Record.Hash() || o.Log.Seq >= entry.Seq {
		return nil, nil, nil, ErrWrongOpening
	}
	c := g.Context()
	if err := mayFollow(p.Context.CipherSuite, c.CipherSuite, o.Reason); err != nil {
		return nil, nil, nil, err
	}
	state, err := ParseState(&c, p.State.Participants)
	if err != nil {
		return nil, nil, nil, err
	}
	if !state.Facts.sameButGeneration(p.State.Facts) || state.Facts.Generation != p.Generation+1 {
		return nil, nil, nil, ErrChangedFacts
	}
	q := &Position{
		ID: p.ID, Generation: state.Facts.Generation, Seq: entry.Seq, Context: c, State: state, Table: p.Table,
	}
	if q.Record, err = RecordOf(q.Generation, c, state.Participants, pub, g.LeafCount(), g.Members()); err != nil {
		return nil, nil, nil, err
	}
	if err := q.Record.CheckSender(0, entry.Sender); err != nil {
		return nil, nil, nil, err
	}
	if _, in := state.Participants.Role(entry.Sender.Account); !in {
		return nil, nil, nil, ErrNotEntitled
	}
	return q, g, o, nil
}

func openingOf(info *mls.GroupInfo) (*Opening, error) {
	d, err := info.Extensions.AppData()
	if err != nil || len(d) != 1 {
		return nil, ErrMalformed
	}
	b, _ := d.Get(ComponentOpening)
	return ParseOpening(b)
}

// mayFollow says whether a generation may have another cipher suite: with that
// reason only, and never one whose secrets a quantum computer opens in place of
// one whose secrets it does not.
func mayFollow(before, after mls.CipherSuite, why Reason) error {
	if (before != after) != (why == ReasonSuite) || PostQuantum(before) && !PostQuantum(after) {
		return ErrWrongOpening
	}
	return nil
}

// PostQuantum reports whether a cipher suite keeps messages confidential from
// who records them now and has a quantum computer later.
func PostQuantum(s mls.CipherSuite) bool {
	return s == mls.MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519
}

// beginning reads a GroupInfo of epoch 0 with a tree of one leaf, and its
// external_pub.
func beginning(body []byte) (*mls.PublicGroup, *mls.GroupInfo, []byte, error) {
	g, err := mls.NewPublicGroup(body, nil, mls.ProcessOptions{})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: creation: %w", ErrMalformed, err)
	}
	info, err := mls.ParseGroupInfo(body)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: creation: %w", ErrMalformed, err)
	}
	ext, _ := info.Extensions.Get(mls.ExtensionExternalPub)
	r := syntax.NewReader(ext)
	pub := bytes.Clone(r.Opaque())
	if r.Done() != nil || g.Epoch() != 0 || g.LeafCount() != 1 {
		return nil, nil, nil, fmt.Errorf("%w: creation", ErrMalformed)
	}
	return g, info, pub, nil
}
