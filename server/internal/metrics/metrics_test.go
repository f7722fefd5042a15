package metrics

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestText(t *testing.T) {
	m := New(time.Unix(7, 0))
	m.Call("Wait", "ok", 20*time.Second)
	m.Call("Post", "ok", time.Millisecond)
	m.Call("Post", "ok", 3*time.Millisecond)
	m.Call("Post", "wrong_epoch", time.Minute)
	w := httptest.NewRecorder()
	m.ServeHTTP(w, nil)
	text := w.Body.String()
	for _, line := range []string{
		`coffer_calls_total{procedure="Post",outcome="ok"} 2`,
		`coffer_calls_total{procedure="Post",outcome="wrong_epoch"} 1`,
		`coffer_call_seconds_bucket{procedure="Post",le="0.0005"} 0`,
		`coffer_call_seconds_bucket{procedure="Post",le="0.001"} 1`,
		`coffer_call_seconds_bucket{procedure="Post",le="30"} 2`,
		`coffer_call_seconds_bucket{procedure="Post",le="+Inf"} 3`,
		`coffer_call_seconds_count{procedure="Wait"} 1`,
		`coffer_call_seconds_sum{procedure="Wait"} 20`,
		`process_start_time_seconds 7`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("lacks %s", line)
		}
	}
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Error(got)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken") }

func TestBrokenReader(t *testing.T) {
	m := New(time.Now())
	m.Call("Post", "ok", time.Second)
	m.write(broken{}) // must not hold the lock for ever
	m.Call("Post", "ok", time.Second)
}
