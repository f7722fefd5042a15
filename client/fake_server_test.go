package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/client/transport"
	"github.com/coffer-chat/coffer/core/account"
)

// fileServer is a server in memory, for one account: its chain, its private log,
// and blobs as spec/blobs.md has them, with faults.
type fileServer struct {
	chain *account.Chain
	log   [][]byte
	blobs map[string]*fileBlob

	session  bool // false: the next blob request is answered with 401
	signIns  int
	puts     int
	received int64 // bytes of blobs
	maxBlob  int64
	// cut, if set, says after how many bytes of a request's body, or of an
	// answer's, the connection breaks; -1 for never.
	cutPut, cutGet func(n int) int
	// status, if set, answers with a status instead; 0 for not.
	status func(method string, n int) int
	gets   int
}

type fileBlob struct {
	data  []byte
	total int64
	hash  string
}

func newFileServer() *fileServer {
	return &fileServer{blobs: map[string]*fileBlob{}, session: true, maxBlob: 1 << 30}
}

// Do answers the calls that the private log needs.
func (s *fileServer) Do(_ context.Context, procedure string, body []byte) ([]byte, error) {
	switch procedure {
	case wire.AccountServiceSignInProcedure:
		s.signIns++
		s.session = true
		return (&wire.SignInResponse{Token: "t", ExpiresMs: 1 << 50}).Append(nil), nil
	case wire.AccountServiceGetChainProcedure:
		req, err := wire.ParseGetChainRequest(body)
		if err != nil {
			return nil, err
		}
		out := &wire.GetChainResponse{}
		for _, x := range s.chain.Entries(0) {
			if x.Seq >= req.FromSeq {
				out.Entries = append(out.Entries, x.Marshal())
			}
		}
		return out.Append(nil), nil
	case wire.AccountServiceAppendPrivateLogProcedure:
		req, err := wire.ParseAppendPrivateLogRequest(body)
		if err != nil {
			return nil, err
		}
		for _, x := range req.Entries {
			s.log = append(s.log, bytes.Clone(x))
		}
		return (&wire.AppendPrivateLogResponse{}).Append(nil), nil
	case wire.AccountServiceReadPrivateLogProcedure:
		req, err := wire.ParseReadPrivateLogRequest(body)
		if err != nil {
			return nil, err
		}
		out := &wire.ReadPrivateLogResponse{HeadSeq: uint64(len(s.log))}
		if req.FromSeq <= uint64(len(s.log)) {
			rest := s.log[req.FromSeq-1:]
			out.Entries = rest[:min(len(rest), int(req.Limit))]
		}
		return out.Append(nil), nil
	}
	return nil, fmt.Errorf("no such call: %s", procedure)
}

// Raw answers blob requests.
func (s *fileServer) Raw(_ context.Context, method, path string, header map[string][]string, body io.Reader) (int, map[string][]string, io.ReadCloser, error) {
	h := http.Header(header)
	answer := func(status int, b *fileBlob) (int, map[string][]string, io.ReadCloser, error) {
		out := map[string][]string{}
		if b != nil {
			out["Coffer-Offset"] = []string{strconv.Itoa(len(b.data))}
			out["Coffer-Size"] = []string{strconv.FormatInt(b.total, 10)}
		}
		return status, out, io.NopCloser(strings.NewReader("")), nil
	}
	if !s.session {
		return answer(http.StatusUnauthorized, nil)
	}
	s.gets++
	if s.status != nil {
		if status := s.status(method, s.gets); status != 0 {
			return answer(status, nil)
		}
	}
	id, ok := strings.CutPrefix(path, "/blob/")
	if !ok || len(id) != 64 {
		return answer(400, nil)
	}
	b := s.blobs[id]
	switch method {
	case "HEAD":
		if b == nil {
			return answer(404, nil)
		}
		return answer(200, b)
	case "PUT":
		return s.put(id, h, body, answer)
	case "DELETE":
		if b == nil {
			return answer(404, nil)
		}
		token, err := base64.RawURLEncoding.DecodeString(h.Get("Coffer-Deletion-Token"))
		hash := sha256.Sum256(token)
		if err != nil || base64.RawURLEncoding.EncodeToString(hash[:]) != b.hash {
			return answer(403, nil)
		}
		delete(s.blobs, id)
		return answer(204, nil)
	case "GET":
		if b == nil || int64(len(b.data)) != b.total {
			return answer(404, nil)
		}
		var from, last int
		if _, err := fmt.Sscanf(h.Get("Range"), "bytes=%d-%d", &from, &last); err != nil || from >= len(b.data) {
			return answer(416, nil)
		}
		last = min(last, len(b.data)-1)
		part := b.data[from : last+1]
		if s.cutGet != nil {
			if n := s.cutGet(s.gets); n >= 0 {
				part = part[:min(n, len(part))]
			}
		}
		out := map[string][]string{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", from, last, len(b.data))}}
		return 206, out, io.NopCloser(bytes.NewReader(part)), nil
	}
	return answer(405, nil)
}

func (s *fileServer) put(id string, h http.Header, body io.Reader, answer func(int, *fileBlob) (int, map[string][]string, io.ReadCloser, error)) (int, map[string][]string, io.ReadCloser, error) {
	from, n, total, err := transport.ContentRange(h.Get("Content-Range"))
	if err != nil || h.Get("Content-Length") != strconv.FormatInt(n, 10) {
		return answer(400, nil)
	}
	if total > s.maxBlob {
		return answer(413, nil)
	}
	b := s.blobs[id]
	if b == nil {
		b = &fileBlob{total: total, hash: h.Get("Coffer-Deletion-Hash")}
		s.blobs[id] = b
	}
	if b.total != total || b.hash != h.Get("Coffer-Deletion-Hash") {
		return answer(409, nil)
	}
	if int64(len(b.data)) == total {
		return answer(201, b)
	}
	if from != int64(len(b.data)) {
		return answer(409, b)
	}
	data, err := io.ReadAll(body)
	if err != nil || int64(len(data)) != n {
		return answer(400, nil)
	}
	s.puts++
	if s.cutPut != nil {
		if k := s.cutPut(s.puts); k >= 0 {
			k = min(k, len(data))
			b.data = append(b.data, data[:k]...)
			s.received += int64(k)
			return 0, nil, nil, fmt.Errorf("%w: cut", transport.ErrUnreachable)
		}
	}
	b.data = append(b.data, data...)
	s.received += n
	if int64(len(b.data)) == total {
		return answer(201, b)
	}
	return answer(202, b)
}

// fileDevice is an engine with an account, on a store in memory.
func fileDevice(t testing.TB, s *fileServer) (*Engine, *mem.Store) {
	t.Helper()
	device, err := account.GenerateKeyholder(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	u, err := account.NewGenesis(rand.Reader, time.Now(), "alice", "chat.example", device, "laptop")
	if err != nil {
		t.Fatal(err)
	}
	s.chain = u.Chain
	me := &self{server: "http://127.0.0.1", serverKey: make([]byte, 32), host: "chat.example", handle: "alice", device: device}
	me.take(u)
	return openFileDevice(t, s, me, mem.New())
}

// openFileDevice opens an engine of an account on a store.
func openFileDevice(t testing.TB, s *fileServer, me *self, inner *mem.Store) (*Engine, *mem.Store) {
	t.Helper()
	var b store.Batch
	setSelf(&b, me)
	setChain(&b, me.chain)
	b.Set(keyStamp.Bytes(), appendUint64(nil, 1))
	if err := inner.Apply(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return reopenFileDevice(t, s, inner), inner
}

func reopenFileDevice(t testing.TB, s *fileServer, inner *mem.Store) *Engine {
	t.Helper()
	e, err := Open(t.Context(), Config{
		Store: inner, Rand: rand.Reader, DeviceName: "laptop",
		Dial: func(string, func() string) (Transport, error) { return s, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	e.pauses = []time.Duration{0, 0, 0}
	return e
}
