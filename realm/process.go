package realm

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault"
)

// maxTries bounds how often one request starts over because another process
// changed its row.
const maxTries = 32

// Do answers one request, in-process: the body of a POST to the body of its
// response. It always answers; what cannot be done is a signed refusal.
func (s *Server) Do(ctx context.Context, request []byte) []byte {
	response, _ := s.respond(ctx, request)
	return response
}

func (s *Server) respond(ctx context.Context, request []byte) ([]byte, pinvault.Kind) {
	body := s.answer(ctx, request)
	return pinvault.SignResponse(s.config.Key, request, body), pinvault.ResponseKind(body)
}

func (s *Server) answer(ctx context.Context, request []byte) []byte {
	q, err := pinvault.ParseRequest(request)
	if err != nil {
		return pinvault.Refusal(pinvault.KindMalformed, 0)
	}
	now := s.config.Now()
	a, err := q.Authorize(s.public, func(k pinvault.PublicKey) bool { return s.accept[k] }, now)
	switch {
	case errors.Is(err, pinvault.ErrToken):
		return pinvault.Refusal(pinvault.KindToken, 0)
	case err != nil:
		return pinvault.Refusal(pinvault.KindSignature, 0)
	}
	issuer, account := a.Tenant()
	if wait := s.limit.take(tenant{issuer, account}, now); wait > 0 {
		return pinvault.Refusal(pinvault.KindBusy, wait)
	}
	key := Key(a.Key())
	body, err := s.transit(ctx, key, func(state []byte, env pinvault.Env) (*pinvault.Result, error) {
		return pinvault.Apply(state, a, env)
	})
	switch {
	case errors.Is(err, ErrConflict), err != nil && ctx.Err() != nil:
		return pinvault.Refusal(pinvault.KindBusy, time.Second)
	case err != nil:
		// A full disk is the operator's; damaged state is a bug or a bad disk.
		s.config.Logger.LogAttrs(ctx, slog.LevelError, "request failed", slog.Any("error", err))
		return pinvault.Refusal(pinvault.KindInternal, 0)
	}
	return body
}

// transit runs one transition: read, decide, make durable, and only then answer.
func (s *Server) transit(ctx context.Context, key Key, apply func([]byte, pinvault.Env) (*pinvault.Result, error)) ([]byte, error) {
	lock := &s.locks[key[0]%byte(len(s.locks))]
	lock.Lock()
	defer lock.Unlock()
	for range maxTries {
		row, err := s.config.Store.Get(ctx, key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		env := pinvault.Env{
			Key: s.config.Key, Now: s.config.Now(), Rand: s.config.Rand,
			Delay: s.config.Delay, Generation: s.generation,
		}
		result, err := apply(row.Value, env)
		if err != nil {
			return nil, err
		}
		if result.Changed {
			err = s.config.Store.Apply(ctx, Change{
				Key: key, Version: row.Version, Value: result.State,
				Log: result.Log, LogSeq: result.LogSeq, LogKept: pinvault.LogKept,
				Due: result.Due, Erases: result.Erases,
			})
			if errors.Is(err, ErrConflict) {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		var log [][]byte
		if result.WantLog {
			if log, err = s.config.Store.Log(ctx, key, result.LogFrom, pinvault.LogPage+1); err != nil {
				return nil, err
			}
		}
		return result.Answer(env, log)
	}
	return nil, ErrConflict
}
