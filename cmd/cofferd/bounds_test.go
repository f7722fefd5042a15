package main

import (
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/core/pinvault"
)

func TestDelays(t *testing.T) {
	for _, x := range []struct {
		text  string
		guess int
		want  time.Duration
	}{
		{"", 4, pinvault.GrowingDelay(4)}, {"", 10, pinvault.GrowingDelay(10)},
		{"0s", 4, 0}, {"0s", 10, 0},
		{"30s", 4, 30 * time.Second}, {"30s", 10, 30 * time.Second},
		{"1s, 2m,3h", 4, time.Second}, {"1s,2m,3h", 5, 2 * time.Minute}, {"1s,2m,3h", 6, 3 * time.Hour}, {"1s,2m,3h", 10, 3 * time.Hour},
		{"0s,0s,0s,1m,1m,2m,168h", 10, 168 * time.Hour},
	} {
		delay, err := parseDelays(x.text)
		if err != nil {
			t.Errorf("%q: %v", x.text, err)
		} else if got := delay(x.guess); got != x.want {
			t.Errorf("%q: %v before guess %d, want %v", x.text, got, x.guess, x.want)
		}
	}
	for _, text := range []string{",", "5", "-1s", "169h", "1ms", "2m,1m", "1s,1s,1s,1s,1s,1s,1s,1s", "soon"} {
		if _, err := parseDelays(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestMaxFile(t *testing.T) {
	for text, file := range map[string]int64{"1MB": 1_000_000, "25 mb": 25_000_000, "100MB": 100_000_000, "1073MB": 1_073_000_000} {
		l, err := media.LayoutOf(file)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parseMaxFile(text); err != nil || got != uint64(l.BlobSize()) {
			t.Errorf("%q: %d, %v, want %d", text, got, err, l.BlobSize())
		}
	}
	if got, err := parseMaxFile(""); err != nil || got != 0 {
		t.Errorf("by default: %d, %v", got, err)
	}
	for _, text := range []string{"0MB", "100", "1074MB", "-1MB", "99999999999MB", "1GB", "MB", "1.5MB"} {
		if _, err := parseMaxFile(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
