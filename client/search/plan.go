package search

import (
	"cmp"
	"math/bits"
	"slices"
)

// mergeAt is how many segments of about the same size are merged into one.
const mergeAt = 8

// weight is a segment's size in documents, or, if its documents are long, in
// typical documents.
func (e *entry) weight() int { return max(int(e.docs), e.size/128) }

// tier is the class of sizes in which a segment is merged with others: each
// spans a factor of mergeAt.
func tier(weight int) int { return (bits.Len(uint(weight)) - 1) / 3 }

// plan returns the segments to merge next, none if all is well. Dirty ones, in
// which documents do not count any more, are written anew even alone. No result
// weighs more than max, unless one segment does.
func plan(entries []entry, dirty map[uint64]bool, max int) []entry {
	tiers := map[int][]entry{}
	for _, e := range entries {
		if e.weight() <= max/2 {
			t := tier(e.weight())
			tiers[t] = append(tiers[t], e)
		}
	}
	for t := range maxDocs {
		if t > tier(max) {
			break
		}
		if g := group(tiers[t], max); g != nil {
			return g
		}
	}
	for _, e := range entries {
		if dirty[e.id] {
			return []entry{e}
		}
	}
	return nil
}

// group returns which of one tier's segments to merge: mergeAt, or enough to
// make a segment that is never merged again.
func group(tier []entry, max int) []entry {
	slices.SortFunc(tier, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.newest, b.newest), cmp.Compare(a.id, b.id))
	})
	sum := 0
	for i := range tier {
		w := tier[i].weight()
		if sum+w > max || i == mergeAt {
			return tier[:i]
		}
		sum += w
	}
	if len(tier) >= 2 && (len(tier) == mergeAt || sum > max/2) {
		return tier
	}
	return nil
}
