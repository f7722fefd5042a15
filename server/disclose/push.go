package disclose

import (
	"net/url"

	"github.com/coffer-chat/coffer/server/store"
)

// PushSubscription is where a device is woken.
type PushSubscription struct {
	Device   string `json:"device"`
	Endpoint string `json:"endpoint"`
}

func (c *collector) pushSubscriptions(v store.AccountView) error {
	list, err := v.PushSubscriptions()
	s := &c.d.PushSubscriptions
	for _, p := range list {
		s.Count, s.Bytes = s.Count+1, s.Bytes+int64(len(p.Device)+len(p.Endpoint))
		s.List = append(s.List, PushSubscription{Device: p.Device.String(), Endpoint: p.Endpoint})
	}
	return err
}

// service names a push service by the host of an endpoint.
func (p PushSubscription) service() string {
	u, err := url.Parse(p.Endpoint)
	if err != nil {
		return "an address that does not parse"
	}
	return u.Host
}
