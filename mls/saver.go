package mls

import (
	"cmp"
	"maps"
	"slices"
)

// Record is one row of a saved group, in a store of the caller's. A nil Value
// deletes the row.
type Record struct {
	Key   string // at most 5 bytes, unique within the group
	Value []byte
}

// Saver saves a group in many small records, of which only those are written
// that have changed: after a commit as many as the commit changed nodes, after a
// message one or two. [Group.MarshalBinary] writes all at once instead.
//
// The zero Saver is for a store that holds nothing of the group. A Saver knows
// what the store holds, and serves the group through all of its epochs; like a
// Group it must not be used by several goroutines at once.
type Saver struct {
	tree   *ratchetTree // as it is stored; nil: not at all
	digest map[string]string
	keys   *secretTree        // whose rows are stored
	rows   map[secretRow]bool // that are stored, or were in this epoch
	open   map[secretRow]bool // changed, and not known to be written
}

// Changes returns what is to be written so that the store holds g, in one
// transaction, and the function to call when that has been done. If it failed,
// do not call it: the next Changes returns all of it again.
//
// Of a group that was never made, or that was erased, there is nothing to write:
// the store stays as it is.
//
// Forward secrecy (RFC 9420, section 9.2) is kept by what is deleted: the store
// must really erase it. While KeepHistory is on nothing changes by Open, and by
// Seal the record "s" only, which must be on disk before the message leaves.
func (s *Saver) Changes(g *Group) (list []Record, written func()) {
	if g.ready() != nil || s == nil {
		return nil, func() {}
	}
	var sender []byte
	if g.ratchets != nil {
		sender, _ = g.MarshalSender() // fails without ratchets only
	}
	keys := g.keys
	if g.secrets.encryption != nil {
		keys = nil // derived from it
	}
	return s.changes(g.tree, g.appendPrivate(g.appendHead(nil, stateGroup)), sender, keys)
}

// ChangesPublic is Changes for a PublicGroup.
func (s *Saver) ChangesPublic(g *PublicGroup) (list []Record, written func()) {
	if g.ready() != nil || s == nil {
		return nil, func() {}
	}
	return s.changes(g.tree, g.appendHead(nil, statePublic), nil, nil)
}

func (s *Saver) changes(tree *ratchetTree, epoch, sender []byte, keys *secretTree) ([]Record, func()) {
	var list []Record
	next := Saver{tree: tree, digest: map[string]string{}, keys: keys}
	for key, value := range map[string][]byte{rowEpoch: epoch, rowSender: sender} {
		if value != nil {
			next.digest[key] = string(tree.suite.Hash(value))
		}
		if next.digest[key] != s.digest[key] {
			list = append(list, Record{key, value})
		}
	}
	list = append(list, diffTrees(s.tree, tree)...)
	rows, secrets := s.secretChanges(keys)
	next.rows = rows
	list = append(list, secrets...)
	slices.SortFunc(list, func(a, b Record) int { return cmp.Compare(a.Key, b.Key) })
	return list, func() { *s = next }
}

// secretChanges returns the changed rows of a secret tree, nil for none, and
// which are stored then.
func (s *Saver) secretChanges(keys *secretTree) (rows map[secretRow]bool, list []Record) {
	if keys == nil || keys != s.keys || keys.saver != s {
		for r := range s.rows {
			if keys == nil || keys.row(r) == nil {
				list = append(list, Record{r.key(), nil})
			}
		}
		if keys == nil {
			return nil, list
		}
		keys.saver, keys.touched, s.open = s, map[secretRow]bool{}, nil
		rows = map[secretRow]bool{}
		for r := range keys.rows {
			rows[r] = true
			list = append(list, Record{r.key(), keys.row(r)})
		}
		return rows, list
	}
	if s.open == nil {
		s.open = map[secretRow]bool{}
	}
	maps.Copy(s.open, keys.touched)
	clear(keys.touched)
	for r := range s.open {
		value := keys.row(r)
		if value == nil && !s.rows[r] {
			continue // came and went
		}
		s.rows[r] = true // or perhaps: to delete what is not there does no harm
		list = append(list, Record{r.key(), value})
	}
	return s.rows, list
}
