package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

type fetchedObject struct {
	Type  string `json:"type"`
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
	Here  int    `json:"here"`
	Large int    `json:"large"`
	Gone  int    `json:"gone"`
}

// fetchAttachments brings copies of attachments here, and says so also where it was
// cut short.
func (a *app) fetchAttachments(ctx context.Context, e engine, limit int64) error {
	f, err := e.FetchAttachments(ctx, limit)
	if err != nil && f.Files == 0 {
		return err
	}
	a.print(fetchedObject{"fetched", f.Files, f.Bytes, f.Here, f.Large, f.Gone}, func(w io.Writer) {
		fmt.Fprintf(w, "%s fetched, %s; %s here before\n", plural(f.Files, "attachment", "attachments"), size(f.Bytes), thousands(int64(f.Here)))
		if f.Large > 0 {
			fmt.Fprintf(w, "%s larger than %s; --up-to takes more\n", plural(f.Large, "is", "are"), size(limit))
		}
		if f.Gone > 0 {
			fmt.Fprintf(w, "%s not on the server any more\n", plural(f.Gone, "is", "are"))
		}
	})
	return err
}

// parseSize reads a size such as 10MB.
func parseSize(text string) (int64, error) {
	for _, u := range []struct {
		name string
		n    float64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}} {
		digits, ok := strings.CutSuffix(text, u.name)
		n, err := strconv.ParseFloat(digits, 64)
		if ok && err == nil && n > 0 && n*u.n <= math.MaxInt32*1e3 {
			return int64(n * u.n), nil
		}
	}
	return 0, usagef("%q is no size such as 500kB, 10MB or 1GB", text)
}
