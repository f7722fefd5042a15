package store

import (
	"context"

	"github.com/coffer-chat/coffer/core/account"
)

// Report is a report that an account filed (spec/frank.md).
type Report struct {
	ID      [16]byte
	FiledMS uint64
	// Data is the Report structure.
	Data []byte
}

// FiledReport says whose a report is and when it came, without what is in it.
type FiledReport struct {
	Account account.ID
	ID      [16]byte
	FiledMS uint64
	Bytes   int64
}

// ReportView reads what an account has filed.
type ReportView interface {
	// Reports returns all, the oldest first.
	Reports() ([]FiledReport, error)
	// Report returns one, or ErrNotFound.
	Report(id [16]byte) (Report, error)
}

// ReportTx changes it.
type ReportTx interface {
	// PutReport stores a report; ErrExists.
	PutReport(r Report) error
	// DropReport erases one and says whether it was there.
	DropReport(id [16]byte) (bool, error)
}

// ReportStore looks across accounts.
type ReportStore interface {
	// ReportsAfter lists reports in the order of time, account and id that come
	// after the given one, zero for the start; at most limit.
	ReportsAfter(ctx context.Context, after FiledReport, limit int) ([]FiledReport, error)
}
