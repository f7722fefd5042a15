package disclose

import (
	"time"

	"github.com/coffer-chat/coffer/server/store"
)

// Link is a mailbox by which a device of the account links another.
type Link struct {
	Device  string    `json:"device"` // that opened it
	Opened  time.Time `json:"opened"`
	Expires time.Time `json:"expires"`
	Boxes   int       `json:"boxes"`
	Bytes   int64     `json:"bytes"`
}

// maxBoxes is more than a mailbox takes.
const maxBoxes = 1024

func (c *collector) links(v store.AccountView) error {
	list, err := v.Links()
	if err != nil {
		return err
	}
	s := &c.d.Links
	for _, m := range list {
		boxes, err := v.LinkBoxes(m.ID, 1, maxBoxes)
		if err != nil {
			return err
		}
		out := Link{Device: m.Device.String(), Opened: at(m.CreatedMS), Expires: at(m.ExpiresMS), Boxes: len(boxes)}
		for _, b := range boxes {
			out.Bytes += int64(len(b))
		}
		s.Count, s.Bytes = s.Count+1, s.Bytes+out.Bytes+int64(len(m.ID)+len(m.Device))+16
		s.List = append(s.List, out)
	}
	return nil
}
