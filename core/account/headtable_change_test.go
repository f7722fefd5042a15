package account

import (
	"errors"
	"slices"
	"testing"
)

// TestHeadTableChange rebuilds a table from what is new in it.
func TestHeadTableChange(t *testing.T) {
	entry := func(n byte, seq uint64) HeadEntry {
		return HeadEntry{ID{n}, "h" + Handle('a'+rune(n)), Head{Seq: seq, Hash: Hash{n, byte(seq)}}, 1}
	}
	before := HeadTable{entry(1, 1), entry(3, 2), entry(5, 3)}
	stays := func(gone ...byte) func(ID) bool {
		return func(id ID) bool { return !slices.Contains(gone, id[0]) }
	}
	for name, c := range map[string]struct {
		after HeadTable
		gone  []byte
		news  int
	}{
		"as before": {before, nil, 0},
		"one newer": {HeadTable{entry(1, 1), entry(3, 4), entry(5, 3)}, nil, 1},
		"one more":  {HeadTable{entry(1, 1), entry(2, 1), entry(3, 2), entry(5, 3)}, nil, 1},
		"one gone":  {HeadTable{entry(1, 1), entry(5, 3)}, []byte{3}, 0},
		"all of it": {HeadTable{entry(1, 2), entry(4, 1)}, []byte{3, 5}, 2},
	} {
		news := c.after.Since(before)
		got, err := news.After(before, stays(c.gone...))
		if err != nil || !slices.Equal(got, c.after) || len(news) != c.news {
			t.Errorf("%s: %v, %d new entries", name, err, len(news))
		}
		if got, err := c.after.After(nil, stays()); err != nil || !slices.Equal(got, c.after) {
			t.Errorf("%s, whole: %v", name, err)
		}
	}
	if _, err := before[:1].After(before, stays()); !errors.Is(err, ErrHeadTable) {
		t.Errorf("an entry that is as before: %v", err)
	}
}
