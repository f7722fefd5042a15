package itest

import (
	"bytes"
	"crypto/ed25519"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/server/store/sqlstore"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
)

// liar stands between the devices and an honest server, and changes what the
// server answers: so it can do whatever a hostile operator can. It also holds
// the server's signing keys.
type liar struct {
	mu     sync.Mutex
	lies   map[string]lie
	fakes  map[string]func(request []byte) []byte // answers of the liar's own
	told   int                                    // answers that a lie has changed
	seen   map[uint64]*pb.LogEntry                // of the one conversation that there is
	server ed25519.PrivateKey
	hub    frank.HubKey
}

// lie changes the answer to a procedure, in place.
type lie func(request, answer []byte) (changed []byte)

// liar puts a liar between the world's devices and its server.
func (w *world) liar() *liar {
	w.tb.Helper()
	l := &liar{lies: map[string]lie{}, fakes: map[string]func([]byte) []byte{}, seen: map[uint64]*pb.LogEntry{}}
	l.takeKeys(w)
	honest := *w.handler.Load()
	h := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		procedure := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		f, fake := l.lies[procedure], l.fakes[procedure]
		if fake != nil {
			l.told++
		}
		l.mu.Unlock()
		if fake != nil {
			request, _ := io.ReadAll(r.Body)
			rw.Header().Set("Content-Type", "application/proto")
			rw.Write(fake(request))
			return
		}
		if f == nil {
			honest.ServeHTTP(rw, r)
			return
		}
		l.answer(rw, r, honest, f)
	}))
	w.handler.Store(&h)
	return l
}

// takeKeys reads the server's keys from its database.
func (l *liar) takeKeys(w *world) {
	db, err := sqlstore.OpenSQLite(w.ctx, filepath.Join(w.dir, "coffer.db"))
	w.must(err)
	defer db.Close()
	seed, err := db.KeepMeta(w.ctx, "server key", make([]byte, 32))
	w.must(err)
	hub, err := db.KeepMeta(w.ctx, "hub key", make([]byte, 32))
	w.must(err)
	l.server = ed25519.NewKeyFromSeed(seed)
	l.hub, err = frank.HubKeyFromBytes(hub)
	w.must(err)
}

func (l *liar) answer(rw http.ResponseWriter, r *http.Request, honest http.Handler, f lie) {
	request, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(request))
	r.Header.Del("Accept-Encoding")
	rec := httptest.NewRecorder()
	honest.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	if rec.Code == http.StatusOK {
		if changed := f(request, body); !bytes.Equal(changed, body) {
			body = changed
			l.mu.Lock()
			l.told++
			l.mu.Unlock()
		}
	}
	for k, v := range rec.Header() {
		rw.Header()[k] = v
	}
	rw.Header().Del("Content-Length")
	rw.WriteHeader(rec.Code)
	rw.Write(body)
}

// message is a protobuf message of type T.
type message[T any] interface {
	*T
	proto.Message
}

// spoil makes the liar change the answers to a procedure.
func spoil[Q, A any, PQ message[Q], PA message[A]](l *liar, procedure string, f func(q *Q, a *A)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lies[procedure] = func(request, answer []byte) []byte {
		q, a := new(Q), new(A)
		if proto.Unmarshal(request, PQ(q)) != nil || proto.Unmarshal(answer, PA(a)) != nil {
			return answer
		}
		before := proto.Clone(PA(a))
		f(q, a)
		if proto.Equal(before, PA(a)) {
			return answer
		}
		changed, err := proto.Marshal(PA(a))
		if err != nil {
			panic(err)
		}
		return changed
	}
}

// fake makes the liar answer a procedure without asking the honest server.
func fake[Q, A any, PQ message[Q], PA message[A]](l *liar, procedure string, f func(q *Q) *A) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fakes[procedure] = func(request []byte) []byte {
		q := new(Q)
		if err := proto.Unmarshal(request, PQ(q)); err != nil {
			panic(err)
		}
		answer, err := proto.Marshal(PA(f(q)))
		if err != nil {
			panic(err)
		}
		return answer
	}
}

// honest ends all lies, and returns how many answers they have changed.
func (l *liar) honest() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.lies)
	clear(l.fakes)
	n := l.told
	l.told = 0
	return n
}

// logs makes the liar change what is read of logs.
func (l *liar) logs(f func(q *pb.ReadLogRequest, a *pb.ReadLogResponse)) { spoil(l, "ReadLog", f) }

// relink gives a whole log, in ascending order, new links and a new signed
// head, as the server could.
func (l *liar) relink(id convo.ID, a *pb.ReadLogResponse) {
	var head convo.LogHead
	for _, w := range a.Entries {
		x := entryOf(w)
		hashes, _, err := x.Hashes()
		if err != nil {
			panic(err)
		}
		head = convo.LogHead{Seq: w.Seq, Link: convo.Link(head.Link, hashes)}
		w.Link = bytes.Clone(head.Link[:])
	}
	a.Head = &pb.LogHead{Seq: head.Seq, Link: head.Link[:], Signature: convo.SignHead(l.server, id, head)}
}

func entryOf(w *pb.LogEntry) *convo.Entry {
	x := &convo.Entry{
		Seq: w.Seq, Kind: convo.EntryKind(w.Kind), AcceptedMS: w.AcceptedMs,
		Body: w.Body, Header: w.Header, BodyHash: w.BodyHash, Frank: w.Frank,
	}
	copy(x.Sender.Account[:], w.Account)
	copy(x.Sender.Device[:], w.Device)
	copy(x.Link[:], w.Link)
	return x
}

// flip returns b with one bit changed in its middle.
func flip(b []byte) []byte {
	out := bytes.Clone(b)
	if len(out) > 0 {
		out[len(out)/2] ^= 4
	}
	return out
}
