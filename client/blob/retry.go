package blob

import (
	"context"
	"errors"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/transport"
)

// usualWaits are the pauses of a server that names no others.
var usualWaits = []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, 800 * time.Millisecond}

// Retry calls f again, after a pause, while the server cannot be reached. f says
// whether it got further; that starts the count anew.
func (s Server) Retry(ctx context.Context, f func() (progress bool, err error)) error {
	waits := s.pauses()
	for tries := 0; ; {
		progress, err := f()
		if err == nil || !errors.Is(err, transport.ErrUnreachable) || ctx.Err() != nil {
			return err
		}
		if progress {
			tries = 0
		}
		if tries == len(waits) {
			return fault.FromServer(err)
		}
		if transport.Wait(ctx, waits[tries]) != nil {
			return fault.FromServer(err)
		}
		tries++
	}
}

// leastBusy is how long a request waits at least that a busy server has refused.
func (s Server) leastBusy() time.Duration {
	if p := s.pauses(); len(p) > 1 {
		return p[1]
	}
	return 0
}

func (s Server) pauses() []time.Duration {
	if s.Waits == nil {
		return usualWaits
	}
	return s.Waits
}
