package realm

import (
	"sync"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault"
)

type tenant struct {
	issuer  pinvault.PublicKey
	account pinvault.AccountID
}

// maxBuckets bounds the limiter's memory.
const maxBuckets = 4096

// limiter gives each account a bucket of requests that refills within a minute.
type limiter struct {
	perMinute float64
	mu        sync.Mutex
	buckets   map[tenant]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(perMinute int) *limiter {
	return &limiter{perMinute: float64(perMinute), buckets: map[tenant]bucket{}}
}

// take returns 0 and takes one, or returns how long to wait for one.
func (l *limiter) take(who tenant, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[who]
	if !ok {
		if len(l.buckets) >= maxBuckets {
			l.drop(now)
		}
		b = bucket{tokens: l.perMinute, at: now}
	}
	b = l.refilled(b, now)
	defer func() { l.buckets[who] = b }()
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / l.perMinute * float64(time.Minute))
	}
	b.tokens--
	return 0
}

func (l *limiter) refilled(b bucket, now time.Time) bucket {
	passed := max(now.Sub(b.at), 0)
	return bucket{tokens: min(l.perMinute, b.tokens+passed.Minutes()*l.perMinute), at: now}
}

// drop forgets full buckets and, if there are none, any one.
func (l *limiter) drop(now time.Time) {
	var victim tenant
	for who, b := range l.buckets {
		victim = who
		if l.refilled(b, now).tokens >= l.perMinute {
			delete(l.buckets, who)
		}
	}
	if len(l.buckets) >= maxBuckets {
		delete(l.buckets, victim)
	}
}
