package disclose

import (
	"encoding/hex"
	"time"

	"github.com/coffer-chat/coffer/server/store"
)

// Report is a report that the account filed.
type Report struct {
	ID    string    `json:"id"`
	Filed time.Time `json:"filed"`
	Bytes int64     `json:"bytes"`
}

func (c *collector) reports(v store.AccountView) error {
	list, err := v.Reports()
	s := &c.d.Reports
	for _, r := range list {
		s.Count, s.Bytes = s.Count+1, s.Bytes+r.Bytes
		s.List = append(s.List, Report{ID: hex.EncodeToString(r.ID[:]), Filed: at(r.FiledMS), Bytes: r.Bytes})
	}
	return err
}
