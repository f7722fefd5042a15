package mls

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// A Record is one part of a saved epoch, for a key-value store.
type Record struct {
	Key   string
	Value []byte // nil: the record is to be deleted
}

// The keys of records: recordEpoch and recordSender stand alone, the others are
// prefixes before a number.
const (
	recordEpoch  = "epoch"
	recordSender = "sender"
	recordNode   = "node/" // a secret of the secret tree
	recordLeaf   = "leaf/" // the ratchets of a leaf
)

// savedRecords is what a store holds of a group. It keeps no copy of a secret.
type savedRecords struct {
	epoch  bool
	sender senderMark
	nodes  map[nodeIndex]bool
	leaves map[LeafIndex]bool // up to date
}

// senderMark says which state of the own ratchets a sender record holds: within
// an epoch the generations tell them apart. The zero value: there is no record.
type senderMark struct {
	there      bool
	generation [2]uint32
	ended      [2]bool
}

func (s *senderState) mark() senderMark {
	m := senderMark{there: s != nil}
	if s != nil {
		for i := range s.ratchets {
			m.generation[i], m.ended[i] = s.ratchets[i].generation, s.ratchets[i].ended
		}
	}
	return m
}

// Changes returns the records to write and to delete so that a store holds the
// group as it is: all of them at first, then what changed since. Saving costs in
// proportion to that, and forward secrecy holds: a key that Open used up is in no
// record any more. It takes the place of MarshalBinary and MarshalSender.
//
// The caller applies the list in one atomic step, before a message that Seal
// returned leaves the machine, and then calls saved. Without that call the next
// Changes returns the same again, and what came since. The records of a new epoch
// replace those of the old one, which are to be deleted in the same step.
func (g *Group) Changes() (list []Record, saved func(), err error) {
	if err := g.ready(); err != nil {
		return nil, nil, err
	}
	now := savedRecords{epoch: true, nodes: map[nodeIndex]bool{}, leaves: map[LeafIndex]bool{}}
	if !g.records.epoch {
		epoch := *g
		epoch.keys = &secretTree{suite: g.Suite(), leaves: g.keys.leaves}
		state, err := epoch.MarshalBinary()
		if err != nil {
			return nil, nil, err
		}
		list = append(list, Record{recordEpoch, state})
	}
	if now.sender = g.ratchets.mark(); now.sender.there && now.sender != g.records.sender {
		sender, err := g.MarshalSender()
		if err != nil {
			return nil, nil, err
		}
		list = append(list, Record{recordSender, sender})
	}
	if g.secrets.encryption == nil {
		list = g.changedKeys(list, &now)
	}
	return list, func() { g.records = now }, nil
}

// changedKeys appends what changed in the secret tree and fills now.
func (g *Group) changedKeys(list []Record, now *savedRecords) []Record {
	for _, l := range slices.Sorted(maps.Keys(g.keys.ratchets)) {
		now.leaves[l] = true
		if g.records.leaves[l] {
			continue
		}
		var b []byte
		for i := range g.keys.ratchets[l] {
			b = g.keys.ratchets[l][i].append(b)
		}
		list = append(list, Record{recordLeaf + strconv.FormatUint(uint64(l), 10), b})
	}
	for _, x := range slices.Sorted(maps.Keys(g.keys.nodes)) {
		now.nodes[x] = true
		if !g.records.nodes[x] {
			list = append(list, Record{nodeKey(x), bytes.Clone(g.keys.nodes[x])})
		}
	}
	for _, x := range slices.Sorted(maps.Keys(g.records.nodes)) {
		if !now.nodes[x] {
			list = append(list, Record{nodeKey(x), nil})
		}
	}
	return list
}

func nodeKey(x nodeIndex) string { return recordNode + strconv.FormatUint(uint64(x), 10) }

// LoadRecords reads the records of one epoch back, in any order.
func LoadRecords(list []Record) (*Group, error) {
	byKey := make(map[string][]byte, len(list))
	for _, r := range list {
		byKey[r.Key] = r.Value
	}
	g, err := LoadGroup(byKey[recordEpoch], byKey[recordSender])
	if err != nil {
		return nil, err
	}
	now := savedRecords{epoch: true, sender: g.ratchets.mark(), nodes: map[nodeIndex]bool{}, leaves: map[LeafIndex]bool{}}
	for key, value := range byKey {
		r := syntax.NewReader(bytes.Clone(value))
		switch {
		case key == recordEpoch, key == recordSender:
			continue
		case g.secrets.encryption != nil:
			r.Fail(ErrMalformed) // nothing else belongs to such an epoch
		case strings.HasPrefix(key, recordNode):
			x := nodeIndex(recordNumber(r, key[len(recordNode):], uint64(nodeWidth(g.keys.leaves))))
			g.keys.nodes[x], now.nodes[x] = r.Fixed(g.Suite().HashSize()), true
		case strings.HasPrefix(key, recordLeaf):
			l := LeafIndex(recordNumber(r, key[len(recordLeaf):], uint64(g.keys.leaves)))
			g.keys.ratchets[l], now.leaves[l] = &[2]ratchet{readRatchet(g.Suite(), r), readRatchet(g.Suite(), r)}, true
		default:
			r.Fail(ErrMalformed)
		}
		if err := r.Done(); err != nil {
			return nil, fmt.Errorf("%w: group record: %w", ErrMalformed, err)
		}
	}
	g.records = now
	return g, nil
}

// recordNumber reads the number in a key; it is below limit.
func recordNumber(r *syntax.Reader, s string, limit uint64) uint64 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n >= limit || strconv.FormatUint(n, 10) != s {
		r.Fail(ErrMalformed)
		return 0
	}
	return n
}
