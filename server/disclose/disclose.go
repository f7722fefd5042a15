package disclose

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// lastMS is the end of the year 9999, after which RFC 3339 and JSON have no times. A
// device may claim a later one.
const lastMS = 253402300799999

// ErrUnknownHandle: nobody has the handle.
var ErrUnknownHandle = errors.New("disclose: nobody here has this handle")

// Place is what the caller knows of the server beside its store.
type Place struct {
	// Attachments are those of all people; nil where they were not counted.
	Attachments *Attachments
	// RealmsInside names the folders of realms that run inside the server.
	RealmsInside []string
	// MaxItems bounds the entries of the private log, conversations and their
	// participants, taken together; 0: all that there are.
	MaxItems int
}

// ErrTooMuch: there is more than Place.MaxItems.
var ErrTooMuch = errors.New("disclose: the server holds more than was to be listed")

// count notes that n more items are about to be listed.
func (c *collector) count(n int) error {
	if c.items += n; c.max > 0 && c.items > c.max {
		return ErrTooMuch
	}
	return nil
}

// Of reads everything that a store holds about who has a handle, or
// about the account of an id, as of now. Each
// account and conversation is read as it is at one moment; between them others
// may write. The error is ErrUnknownHandle, or the store's.
func Of(ctx context.Context, s store.Store, handle string, now time.Time, p Place) (*Disclosure, error) {
	row, err := find(ctx, s, handle)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrUnknownHandle
	}
	if err != nil {
		return nil, err
	}
	d := &Disclosure{
		Type: "disclosure", Version: Version, AsOf: now.UTC().Truncate(time.Second), Handle: row.Handle, Account: row.Account.String(),
		NotHeld: notHeld,
	}
	c := &collector{max: p.MaxItems, ctx: ctx, store: s, d: d, id: row.Account, handles: map[account.ID]string{row.Account: row.Handle}}
	c.describe()
	if err := c.account(row); err != nil {
		return nil, err
	}
	if err := c.around(p); err != nil {
		return nil, err
	}
	if err := c.conversations(); err != nil {
		return nil, err
	}
	for _, n := range d.sizes() {
		d.Bytes += n
	}
	d.fill()
	return d, nil
}

// find returns the account that has a handle, or the one of an id, whose handle may
// be another one's.
func find(ctx context.Context, s store.Store, name string) (row store.HandleRow, err error) {
	id, err := account.ParseID(name)
	if err != nil {
		return s.Handle(ctx, name)
	}
	err = s.ViewAccount(ctx, id, func(v store.AccountView) error {
		a, err := v.Account()
		row = store.HandleRow{Handle: a.Handle, Account: id, ClaimedMS: a.CreatedMS}
		return err
	})
	return row, err
}

// fill makes lists that have nothing in them empty ones: in JSON they are never
// null.
func (d *Disclosure) fill() {
	fill(&d.Identity.List)
	fill(&d.Chain.List)
	fill(&d.Keyholders.List)
	fill(&d.SealedRoots.List)
	fill(&d.Sessions.List)
	fill(&d.SignIns.List)
	fill(&d.Links.List)
	fill(&d.Password.List)
	fill(&d.PINRecords.List)
	fill(&d.CloudRecords.List)
	fill(&d.Realms.List)
	fill(&d.KeyPackages.List)
	fill(&d.PrivateLog.List)
	fill(&d.Conversations.List)
	fill(&d.Invitations.List)
	fill(&d.WakeUps.List)
	fill(&d.Attachments.List)
	fill(&d.Closing.List)
	fill(&d.PushSubscriptions.List)
	fill(&d.Reports.List)
	fill(&d.Resets.List)
	for i := range d.Conversations.List {
		fill(&d.Conversations.List[i].With)
	}
	for i := range d.PINRecords.List {
		fill(&d.PINRecords.List[i].Realms)
	}
}

func fill[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}

// sizes are those of all sections.
func (d *Disclosure) sizes() []int64 {
	return []int64{
		d.Identity.Bytes, d.Chain.Bytes, d.Keyholders.Bytes, d.SealedRoots.Bytes, d.Sessions.Bytes, d.SignIns.Bytes,
		d.Links.Bytes, d.Password.Bytes, d.PINRecords.Bytes, d.CloudRecords.Bytes, d.KeyPackages.Bytes, d.PrivateLog.Bytes, d.Conversations.Bytes,
		d.Invitations.Bytes, d.WakeUps.Bytes, d.Closing.Bytes, d.PushSubscriptions.Bytes, d.Reports.Bytes, d.Resets.Bytes,
	}
}

// collector fills a Disclosure.
type collector struct {
	ctx     context.Context
	store   store.Store
	d       *Disclosure
	id      account.ID
	chain   *account.Chain // nil where a handle was reserved only
	index   []store.ConversationIndex
	handles map[account.ID]string
	// items were listed, of max.
	items, max int
}

// handle returns the handle of an account, "" if it has none here.
func (c *collector) handle(id account.ID) (string, error) {
	if h, ok := c.handles[id]; ok {
		return h, nil
	}
	h := ""
	err := c.store.ViewAccount(c.ctx, id, func(v store.AccountView) error {
		a, err := v.Account()
		h = a.Handle
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("disclose: %w", err)
	}
	c.handles[id] = h
	return h, nil
}

// at is a stored time.
func at(ms uint64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(min(ms, lastMS))).UTC()
}
