package realm

import (
	"context"
	"log/slog"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault"
)

// Run erases registrations whose last guess was not proved in time, once a minute
// until ctx is done. Requests erase them too; Run is for those that nobody asks
// for again.
func (s *Server) Run(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.config.Logger.LogAttrs(ctx, slog.LevelWarn, "sweep failed", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep erases what is due now and returns how many registrations it looked at.
func (s *Server) Sweep(ctx context.Context) (int, error) {
	const page = 256
	total := 0
	for {
		keys, err := s.config.Store.Due(ctx, s.config.Now(), page)
		if err != nil {
			return total, err
		}
		for _, key := range keys {
			if _, err := s.transit(ctx, key, pinvault.Expire); err != nil {
				return total, err
			}
			total++
		}
		if len(keys) < page {
			return total, nil
		}
	}
}
