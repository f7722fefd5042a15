package fail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
)

func TestEveryKindHasACode(t *testing.T) {
	for n, name := range cofferv1.ErrorKind_name {
		k := cofferv1.ErrorKind(n)
		if k == cofferv1.ErrorKind_ERROR_KIND_UNSPECIFIED {
			continue
		}
		err := Kind(k, "what to do")
		var e *connect.Error
		if !errors.As(err, &e) || e.Code() == 0 || e.Code() == connect.CodeUnknown || Of(err) != k {
			t.Errorf("%s: %v, kind %v", name, err, Of(err))
		}
	}
}

func TestRetryAfter(t *testing.T) {
	var e *connect.Error
	if err := RetryAfter(90*time.Second, "wait"); !errors.As(err, &e) || len(e.Details()) != 1 {
		t.Fatal("no detail")
	}
	v, err := e.Details()[0].Value()
	if d, ok := v.(*cofferv1.ErrorDetail); err != nil || !ok || d.GetRetryAfterMs() != 90_000 || d.GetKind() != RateLimited {
		t.Errorf("detail %v, %v", v, err)
	}
}

// TestOutward: the peer learns nothing of a failure inside; the log has it.
func TestOutward(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	secret := errors.New("disk on fire")
	err := Outward(t.Context(), logger, "/x/Y", fmt.Errorf("wrapped: %w", secret))
	if Of(err) != cofferv1.ErrorKind_ERROR_KIND_INTERNAL || strings.Contains(err.Error(), "fire") {
		t.Errorf("outside: %v", err)
	}
	if !strings.Contains(log.String(), "fire") || !strings.Contains(log.String(), "/x/Y") {
		t.Errorf("log: %s", log.String())
	}
	log.Reset()
	kind := Kind(Stale, "again")
	if got := Outward(t.Context(), logger, "", kind); got != kind {
		t.Errorf("a refusal became %v", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Outward(ended, logger, "", secret); connect.CodeOf(err) != connect.CodeCanceled {
		t.Errorf("ended: %v", err)
	}
	if Outward(t.Context(), logger, "", nil) != nil || log.Len() != 0 {
		t.Errorf("logged: %s", log.String())
	}
}
