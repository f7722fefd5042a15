package client

import (
	"testing"
	"time"
)

func TestKeptFile(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, x := range map[string]struct {
		tried time.Time
		want  string
	}{"never": {want: CheckUnknown}, "today": {now, CheckOK}, "long ago": {now.Add(-keptFor - time.Hour), CheckUnknown}} {
		var c Check
		if got := c.kept(x.tried, now); got != (x.want == CheckOK) || got != (c.Detail == "") {
			t.Errorf("%s: %v, %q", name, got, c.Detail)
		}
	}
}
