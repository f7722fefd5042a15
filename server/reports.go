package server

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/internal/reports"
	"github.com/coffer-chat/coffer/server/store"
)

// Reports says what becomes of what people report (spec/frank.md). The zero value
// is ready for use: reports are taken, and erased after 180 days.
type Reports = reports.Terms

// Errors of the moderator's calls.
var (
	// ErrNoReport: no report begins with these characters.
	ErrNoReport = errors.New("server: no such report")
	// ErrManyReports: several do.
	ErrManyReports = errors.New("server: several reports begin so")
)

// ListedReport is a report that waits for a moderator, without what is in it.
type ListedReport struct {
	// ID is 32 hexadecimal digits.
	ID    string
	Filed time.Time
	// By is who filed it, Handle their handle.
	By     account.ID
	Handle string
	Bytes  int64
}

// ReviewedReport is a report as a moderator is shown it.
type ReviewedReport struct {
	ListedReport
	Reason string
	// Conversation is what it is about.
	Conversation content.URI
	// Messages are its openings in the order of the report, each with its verdict.
	Messages []ReviewedMessage
}

// ReviewedMessage is a message of a report. What does not verify carries an error
// and nothing else.
type ReviewedMessage struct {
	frank.Reviewed
	// Sender is who sent it, Handle their handle, "" where none is known here.
	Sender account.ID
	Handle string
}

// maxListed is how many reports are read together.
const maxListed = 200

// ListReports returns the reports that a store holds, the oldest first. It reads.
func ListReports(ctx context.Context, s store.Store) (out []ListedReport, err error) {
	handles := map[account.ID]string{}
	err = eachReport(ctx, s, func(f store.FiledReport) (bool, error) {
		handle, known := handles[f.Account]
		if !known {
			if handle, err = handleOf(ctx, s, f.Account); err != nil {
				return false, err
			}
			handles[f.Account] = handle
		}
		out = append(out, listed(f, handle))
		return true, nil
	})
	return out, err
}

func listed(f store.FiledReport, handle string) ListedReport {
	return ListedReport{
		ID: hex.EncodeToString(f.ID[:]), Filed: time.UnixMilli(int64(f.FiledMS)).UTC(), By: f.Account, Handle: handle, Bytes: f.Bytes,
	}
}

func eachReport(ctx context.Context, s store.Store, f func(store.FiledReport) (bool, error)) error {
	var after store.FiledReport
	for {
		list, err := s.ReportsAfter(ctx, after, maxListed)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, r := range list {
			if more, err := f(r); err != nil || !more {
				return err
			}
		}
		after = list[len(list)-1]
	}
}

// findReport returns the one report whose id begins with these digits.
func findReport(ctx context.Context, s store.Store, prefix string) (found store.FiledReport, err error) {
	n := 0
	err = eachReport(ctx, s, func(f store.FiledReport) (bool, error) {
		if strings.HasPrefix(hex.EncodeToString(f.ID[:]), prefix) {
			found = f
			n++
		}
		return n < 2, nil
	})
	switch {
	case err != nil:
		return found, err
	case n == 0 || prefix == "":
		return found, ErrNoReport
	case n > 1:
		return found, ErrManyReports
	}
	return found, nil
}

// ReviewReport verifies a report, named by the first digits of its id, with the
// store's hub key. It reads.
func ReviewReport(ctx context.Context, s store.Store, id string) (ReviewedReport, error) {
	f, err := findReport(ctx, s, id)
	if err != nil {
		return ReviewedReport{}, err
	}
	key, err := s.Meta(ctx, env.HubKeyName)
	if err != nil {
		return ReviewedReport{}, err
	}
	hub, err := frank.HubKeyFromBytes(key)
	if err != nil {
		return ReviewedReport{}, err
	}
	var row store.Report
	err = s.ViewAccount(ctx, f.Account, func(v store.AccountView) error {
		row, err = v.Report(f.ID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return ReviewedReport{}, ErrNoReport // closed meanwhile
	}
	if err != nil {
		return ReviewedReport{}, err
	}
	p, err := frank.ParseReport(row.Data)
	if err != nil {
		return ReviewedReport{}, err
	}
	handle, err := handleOf(ctx, s, f.Account)
	if err != nil {
		return ReviewedReport{}, err
	}
	out := ReviewedReport{
		ListedReport: listed(f, handle), Reason: p.Reason, Conversation: p.Openings[0].Context.Room,
	}
	for _, r := range hub.Review(p) {
		m := ReviewedMessage{Reviewed: r}
		if r.Err == nil {
			if m.Sender, m.Handle, err = senderOf(ctx, s, r.Context.Sender); err != nil {
				return out, err
			}
		}
		out.Messages = append(out.Messages, m)
	}
	return out, nil
}

// senderOf is the account that a verified message's URI names.
func senderOf(ctx context.Context, s store.Store, uri content.URI) (id account.ID, handle string, err error) {
	_, _, name, err := uri.Split()
	if err != nil {
		return id, "", err
	}
	if id, err = account.ParseID(name); err != nil {
		return id, "", err
	}
	handle, err = handleOf(ctx, s, id)
	return id, handle, err
}

// handleOf is an account's handle, "" for one that is not known here.
func handleOf(ctx context.Context, s store.Store, id account.ID) (handle string, err error) {
	err = s.ViewAccount(ctx, id, func(v store.AccountView) error {
		a, err := v.Account()
		handle = a.Handle
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return handle, err
}

// CloseReport erases a report, named by the first digits of its id, and returns
// the whole id.
func CloseReport(ctx context.Context, s store.Store, id string) (string, error) {
	f, err := findReport(ctx, s, id)
	if err != nil {
		return "", err
	}
	err = s.UpdateAccount(ctx, f.Account, func(tx store.AccountTx) error {
		there, err := tx.DropReport(f.ID)
		if err == nil && !there {
			err = ErrNoReport
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(f.ID[:]), s.Scrub(ctx)
}
