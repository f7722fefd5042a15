package disclose

import (
	"errors"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// Reset says that the handle was asked for with, given to, or comes from another
// account.
type Reset struct {
	// State is asked, stopped, done (the handle is another account's now), erased, or
	// succeeds (this account has the handle of Other).
	State string    `json:"state"`
	Time  time.Time `json:"time"`
	Due   time.Time `json:"due,omitzero"`
	// By is password or operator.
	By    string `json:"by"`
	Other string `json:"other,omitempty"`
	// Kept is until when what is held of the old account is kept.
	Kept  time.Time `json:"kept,omitzero"`
	Bytes int64     `json:"bytes"`
}

// resets reads what is held of resets.
func (c *collector) resets(v store.AccountView) error {
	var list []Reset
	row, err := v.Reset()
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	default:
		list = append(list, resetOf(&row))
	}
	raw, err := v.Succeeds()
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	default:
		r, err := account.ParseReset(raw)
		if err != nil {
			return err
		}
		list = append(list, Reset{
			State: "succeeds", Time: at(r.Done), By: r.By.String(), Other: r.Old.String(), Kept: at(r.Kept), Bytes: int64(len(raw)),
		})
	}
	s := &c.d.Resets
	s.Count, s.List = len(list), list
	for _, x := range list {
		s.Bytes += x.Bytes
	}
	return nil
}

func resetOf(row *store.Reset) Reset {
	out := Reset{
		State: "asked", Time: at(row.AskedMS), Due: at(row.DueMS), By: row.By.String(),
		Bytes: int64(len(row.CodeHash)+len(row.Successor)+len(row.Statement)) + 6*8,
	}
	if !row.Successor.IsZero() {
		out.Other = row.Successor.String()
	}
	switch {
	case row.Statement != nil:
		out.State, out.Kept = "done", at(row.EraseMS)
		if row.Erased {
			out.State = "erased"
		}
	case row.StoppedMS != 0:
		out.State, out.Time = "stopped", at(row.StoppedMS)
	}
	return out
}

// resets shows them.
func (p *page) resets(d *Disclosure) {
	if d.Resets.Count == 0 || !section(p, "Reset", &d.Resets) {
		return
	}
	for _, x := range d.Resets.List {
		switch x.State {
		case "asked":
			p.row("asked", "%s, by the %s; the handle goes to account %s at %s", moment(x.Time), x.By, orNobody(x.Other), moment(x.Due))
		case "stopped":
			p.row("stopped", "%s, by a device or way back", moment(x.Time))
		case "succeeds":
			p.row("before", "account %s, until %s, by the %s; what is held of it is kept until %s: cofferd disclose %s", x.Other, moment(x.Time), x.By, moment(x.Kept), x.Other)
		default:
			p.row(x.State, "the handle belongs to account %s; kept until %s", x.Other, moment(x.Kept))
		}
	}
}

func orNobody(id string) string {
	if id == "" {
		return "of whoever brings the operator's code"
	}
	return id
}
