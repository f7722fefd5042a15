package rate

import (
	"fmt"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	now := time.Unix(1000, 0)
	l := New(Rule{Burst: 3, Every: time.Second}, func() time.Time { return now })
	take := func(key string, n int, want bool) {
		t.Helper()
		if _, ok := l.Take(key, n); ok != want {
			t.Errorf("Take(%s, %d) = %v", key, n, ok)
		}
	}
	take("a", 2, true)
	take("a", 1, true)
	take("a", 1, false)
	take("b", 3, true)
	take("b", 4, false)
	if wait, _ := l.Take("a", 2); wait != 2*time.Second {
		t.Errorf("wait %v", wait)
	}
	now = now.Add(1500 * time.Millisecond)
	take("a", 1, true)
	take("a", 1, false)
	l.Give("a", 1)
	take("a", 1, true)
	l.Give("a", 99)
	take("a", 4, false) // never more than the burst
	take("a", 3, true)
	now = now.Add(-time.Hour) // the clock was set back
	take("a", 1, false)
	now = now.Add(time.Hour + 10*time.Second)
	take("a", 3, true)
	l.Give("nobody", 1)
}

func TestOff(t *testing.T) {
	for _, r := range []Rule{{}, {Burst: -1, Every: time.Second}, {Burst: 1}} {
		l := New(r, time.Now)
		if _, ok := l.Take("a", 1000); !ok || l != nil {
			t.Errorf("%+v limits", r)
		}
		l.Give("a", 1)
	}
}

// TestBounded: the memory of a limiter does not grow with the number of keys.
func TestBounded(t *testing.T) {
	l := New(Rule{Burst: 1, Every: time.Hour}, time.Now)
	for i := range maxKeys + 1000 {
		l.Take(fmt.Sprint(i), 1)
	}
	if len(l.buckets) > maxKeys {
		t.Errorf("%d buckets", len(l.buckets))
	}
}
