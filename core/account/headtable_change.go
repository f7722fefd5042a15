package account

import "slices"

// Since returns the entries of t that are new or not as before: what a commit
// brings of its table, in a table's encoding. The accounts that t lacks follow
// from the participant list.
func (t HeadTable) Since(before HeadTable) HeadTable {
	var out HeadTable
	for _, e := range t {
		if old, ok := before.Find(e.Account); !ok || old != e {
			out = append(out, e)
		}
	}
	return out
}

// After returns the table that t, made by Since, makes of the one before: its
// entries of accounts that stay, and t's. It refuses an entry that is as before.
func (t HeadTable) After(before HeadTable, stays func(ID) bool) (HeadTable, error) {
	out := make(HeadTable, 0, min(len(before)+len(t), MaxHeadTable+1))
	for _, e := range before {
		switch now, ok := t.Find(e.Account); {
		case ok && now == e:
			return nil, ErrHeadTable
		case !ok && stays(e.Account):
			out = append(out, e)
		}
	}
	out = append(out, t...)
	slices.SortFunc(out, func(a, b HeadEntry) int { return slices.Compare(a.Account[:], b.Account[:]) })
	return out, out.check()
}
