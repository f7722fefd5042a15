// Package reports takes what people report, and gives it to the operator, who
// is shown what verifies. Start with New.
package reports

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/internal/rate"
	"github.com/coffer-chat/coffer/server/store"
)

// Terms say what becomes of reports.
type Terms struct {
	// Off takes none, and tells devices so.
	Off bool
	// Keep is how long a report is kept that nobody closes. 0: 180 days.
	Keep time.Duration
}

// Complete returns t with defaults for what is zero.
func (t Terms) Complete() Terms {
	if t.Keep <= 0 {
		t.Keep = 180 * 24 * time.Hour
	}
	return t
}

const (
	// maxReports and maxBytes bound what is kept of one account's reports.
	maxReports = 200
	maxBytes   = 32 << 20
	// sweepPage is how many reports are looked at together.
	sweepPage = 100
)

// Service is the service.
type Service struct {
	*env.Env
	terms Terms
	filed *rate.Limiter // for each account
}

var _ cofferv1connect.ReportServiceHandler = (*Service)(nil)

// New returns the service.
func New(e *env.Env, t Terms) *Service {
	return &Service{Env: e, terms: t.Complete(), filed: rate.New(e.Limits.Report, e.Now)}
}

// GetReportTerms implements the service.
func (s *Service) GetReportTerms(ctx context.Context, _ *connect.Request[cofferv1.GetReportTermsRequest]) (*connect.Response[cofferv1.GetReportTermsResponse], error) {
	if _, err := auth.Device(ctx); err != nil {
		return nil, err
	}
	m := &cofferv1.GetReportTermsResponse{Taken: !s.terms.Off}
	if m.Taken {
		m.KeptDays = uint32((s.terms.Keep + 24*time.Hour - 1) / (24 * time.Hour))
	}
	return connect.NewResponse(m), nil
}

// What is refused. A report that is refused is not kept.
var (
	errOff        = fail.Kind(fail.Forbidden, "this server takes no reports")
	errMalformed  = fail.Kind(fail.Malformed, "this is not a report")
	errRooms      = fail.Kind(fail.Invalid, "a report is about messages of one conversation of this server")
	errNoRoom     = fail.Kind(fail.NotFound, "there is no such conversation for you")
	errUnverified = fail.Kind(fail.Invalid, "nothing in this report is a message that was sent here")
	errFull       = fail.Kind(fail.Quota, "this server keeps as many reports of yours as it takes: ask its operator")
)

// FileReport implements the service. Its cost is bounded before anything is
// verified: by the rate, and by the size of the request.
func (s *Service) FileReport(ctx context.Context, req *connect.Request[cofferv1.FileReportRequest]) (*connect.Response[cofferv1.FileReportResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	if s.terms.Off {
		return nil, errOff
	}
	if wait, ok := s.filed.Take(string(caller.Account[:]), 1); !ok {
		return nil, fail.RetryAfter(wait, "too many reports: wait")
	}
	data := req.Msg.GetReport()
	if err := s.Write(caller.Account, len(data)); err != nil {
		return nil, err
	}
	p, err := frank.ParseReport(data)
	if err != nil {
		return nil, errMalformed
	}
	room, err := s.room(p)
	if err != nil {
		return nil, err
	}
	err = s.Store.ViewConversation(ctx, room, func(v store.ConversationView) error {
		// Who was removed or left may still show what was sent to them.
		_, err := v.Participant(caller.Account)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNoRoom
	}
	if err != nil {
		return nil, err
	}
	verified := uint32(0)
	for _, r := range s.Keys.Hub.Review(p) {
		if r.Err == nil {
			verified++
		}
	}
	if verified == 0 {
		return nil, errUnverified
	}
	r := store.Report{ID: ID(caller.Account, data), FiledMS: s.NowMS(), Data: data}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error { return put(tx, r) })
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&cofferv1.FileReportResponse{Id: r.ID[:], Verified: verified}), nil
}

// room returns the one conversation of this server that a report is about.
func (s *Service) room(p frank.Report) (convo.ID, error) {
	uri := p.Openings[0].Context.Room
	for _, o := range p.Openings {
		if o.Context.Room != uri {
			return convo.ID{}, errRooms
		}
	}
	host, kind, name, err := uri.Split()
	if err != nil || kind != content.URIRoom || host != string(s.Host) {
		return convo.ID{}, errRooms
	}
	id, err := convo.ParseID(name)
	if err != nil {
		return convo.ID{}, errRooms
	}
	return id, nil
}

// ID names a report: what the same account files again has the same.
func ID(by account.ID, data []byte) (id [16]byte) {
	h := sha256.New()
	h.Write([]byte("coffer report v1"))
	h.Write(by[:])
	h.Write(data)
	copy(id[:], h.Sum(nil))
	return id
}

// put stores a report unless it is there, within what is kept of an account, and
// nothing of an account that is closed.
func put(tx store.AccountTx, r store.Report) error {
	switch _, err := tx.Closing(); {
	case err == nil:
		return fail.Kind(fail.Forbidden, "this account is closed")
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	list, err := tx.Reports()
	if err != nil {
		return err
	}
	sum := int64(len(r.Data))
	for _, f := range list {
		if f.ID == r.ID {
			return nil
		}
		sum += f.Bytes
	}
	if len(list) >= maxReports || sum > maxBytes {
		return errFull
	}
	return tx.PutReport(r)
}

// Sweep erases reports whose time is over and says how many.
func (s *Service) Sweep(ctx context.Context) (n int, err error) {
	now, keep := s.NowMS(), uint64(s.terms.Keep.Milliseconds())
	for {
		// What was erased is not listed again: the start is always the oldest.
		list, err := s.Store.ReportsAfter(ctx, store.FiledReport{}, sweepPage)
		if err != nil || len(list) == 0 {
			return n, err
		}
		for _, f := range list {
			if f.FiledMS+keep > now {
				return n, nil
			}
			err := s.Store.UpdateAccount(ctx, f.Account, func(tx store.AccountTx) error {
				_, err := tx.DropReport(f.ID)
				return err
			})
			if err != nil {
				return n, err
			}
			n++
		}
	}
}
