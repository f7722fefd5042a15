package disclose

import (
	"errors"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// Closing is the account's end.
type Closing struct {
	Closed time.Time `json:"closed"`
	// Erased is zero while erasing goes on.
	Erased time.Time         `json:"erased,omitzero"`
	Counts map[string]uint64 `json:"counts"`
	Bytes  int64             `json:"bytes"`
}

// closing reads the receipt of a closed account.
func (c *collector) closing(v store.AccountView) error {
	row, err := v.Closing()
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	const countSize = 9
	out := Closing{Closed: at(row.ClosedMS), Counts: map[string]uint64{}, Bytes: int64(len(row.Receipt)+countSize*len(row.Counts)) + 8}
	for _, x := range row.Counts {
		out.Counts[x.Kind.String()] += x.Count
	}
	if row.Receipt != nil {
		r, err := account.ParseReceipt(row.Receipt)
		if err != nil {
			return err
		}
		out.Erased = at(r.Time)
	}
	s := &c.d.Closing
	s.Count, s.Bytes, s.List = 1, out.Bytes, []Closing{out}
	return nil
}

// closing shows the account's end.
func (p *page) closing(d *Disclosure) {
	if d.Closing.Count == 0 || !section(p, "Closed", &d.Closing) {
		return // of the many that are open, nothing is to be said
	}
	for _, x := range d.Closing.List {
		p.row("closed", "%s", moment(x.Closed))
		if x.Erased.IsZero() {
			p.row("erased", "not yet")
		} else {
			p.row("erased", "%s", moment(x.Erased))
		}
		p.row("others keep", "%s of this person", count(int(x.Counts[account.KeptMessages.String()]), "message"))
	}
}
