// Package rate bounds how often something may be done: a token bucket for each
// key, in memory. Start with New.
package rate

import (
	"sync"
	"time"
)

// Rule is a bucket's size, and how fast it fills again.
type Rule struct {
	Burst int
	Every time.Duration // one more each
}

// maxKeys bounds the memory of a Limiter; beyond it, full buckets are forgotten
// first and then any.
const maxKeys = 1 << 16

// Limiter applies a rule to keys. A nil Limiter allows everything.
type Limiter struct {
	rule Rule
	now  func() time.Time

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	level float64 // what is left
	at    time.Time
}

// New returns a limiter; a rule without burst gives nil.
func New(rule Rule, now func() time.Time) *Limiter {
	if rule.Burst <= 0 || rule.Every <= 0 {
		return nil
	}
	return &Limiter{rule: rule, now: now, buckets: make(map[string]bucket)}
}

// Take takes n from the key's bucket, or returns how long to wait until that
// can be.
func (l *Limiter) Take(key string, n int) (wait time.Duration, ok bool) {
	if l == nil {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b, there := l.buckets[key]
	level := l.level(b, there, now)
	if level < float64(n) {
		return time.Duration((float64(n) - level) * float64(l.rule.Every)), false
	}
	if !there && len(l.buckets) >= maxKeys {
		l.shed(now)
	}
	l.buckets[key] = bucket{level - float64(n), now}
	return 0, true
}

func (l *Limiter) level(b bucket, there bool, now time.Time) float64 {
	if !there {
		return float64(l.rule.Burst)
	}
	passed := max(now.Sub(b.at), 0) // the clock may have been set back
	return min(float64(l.rule.Burst), b.level+float64(passed)/float64(l.rule.Every))
}

// shed makes room.
func (l *Limiter) shed(now time.Time) {
	for k, b := range l.buckets {
		if l.level(b, true, now) >= float64(l.rule.Burst) {
			delete(l.buckets, k)
		}
	}
	for k := range l.buckets {
		if len(l.buckets) < maxKeys/2 {
			break
		}
		delete(l.buckets, k)
	}
}

// Give puts n back into the key's bucket: what was taken turned out to be free.
func (l *Limiter) Give(key string, n int) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, there := l.buckets[key]; there {
		b.level = min(float64(l.rule.Burst), b.level+float64(n))
		l.buckets[key] = b
	}
}
