package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/core/pinvault"
)

// maxDelay bounds what --delay takes: a PIN that has to wait longer is no way back.
const maxDelay = 7 * 24 * time.Hour

// parseDelays reads --delay: how long a realm waits before the fourth guess in a
// row, the fifth, and so on; the last one counts for all after it.
func parseDelays(text string) (func(guess int) time.Duration, error) {
	if text == "" {
		return pinvault.GrowingDelay, nil
	}
	var steps []time.Duration
	for part := range strings.SplitSeq(text, ",") {
		d, err := time.ParseDuration(strings.TrimSpace(part))
		if err != nil || d < 0 || d > maxDelay || d%time.Second != 0 {
			return nil, usagef("--delay is a list such as 1m,5m,1h of 0s to %dh each, or 0s for none", int(maxDelay.Hours()))
		}
		steps = append(steps, d)
	}
	if most := pinvault.MaxInARow - pinvault.FreeGuesses; len(steps) > most {
		return nil, usagef("--delay names at most %d: there are %d guesses, and the first %d have none", most, pinvault.MaxInARow, pinvault.FreeGuesses)
	}
	if !slices.IsSorted(steps) {
		return nil, usagef("--delay has to grow")
	}
	return func(guess int) time.Duration {
		return steps[min(max(guess-pinvault.FreeGuesses-1, 0), len(steps)-1)]
	}, nil
}

// parseMaxFile reads --max-file and returns how many bytes the blob of such a file
// has, 0 for the default.
func parseMaxFile(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	wrong := usagef("--max-file is a size such as 100MB, from 1MB to %dMB", media.MaxSize/1_000_000)
	number, found := strings.CutSuffix(strings.ToUpper(strings.TrimSpace(text)), "MB")
	n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 32)
	if !found || err != nil || n < 1 || n > media.MaxSize/1_000_000 {
		return 0, wrong
	}
	l, err := media.LayoutOf(int64(n) * 1_000_000)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", wrong, err)
	}
	return uint64(l.BlobSize()), nil
}
