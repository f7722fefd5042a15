package pinvault

import (
	"crypto/ed25519"
	"errors"
	"slices"
)

// Call is one request to one realm: send Request by POST to the realm's URL
// followed by "/v1/realm", as application/octet-stream.
type Call struct {
	Realm   int // place in RealmSet.Realms, from 0
	Request []byte
}

// Flow is a client's conversation with realms, in rounds. Send the Calls, hand
// every outcome to Answer (exactly one of response and err), then call Next:
// it says that the flow is done, fails it, or prepares the next round. A Flow is
// not safe for concurrent use; Run does all this.
type Flow interface {
	Calls() []Call
	Answer(realm int, response []byte, err error)
	Next() (done bool, err error)
}

// Run drives a flow to its end. do sends one request and returns the response's
// body, or an error when there is none; it bounds its own time. parallel runs
// f(0) … f(n-1) at once and returns when all have; nil runs them in order.
func Run(f Flow, parallel func(n int, f func(i int)), do func(realm int, request []byte) ([]byte, error)) error {
	for {
		calls := f.Calls()
		responses, errs := make([][]byte, len(calls)), make([]error, len(calls))
		one := func(i int) { responses[i], errs[i] = do(calls[i].Realm, calls[i].Request) }
		if parallel != nil {
			parallel(len(calls), one)
		} else {
			for i := range calls {
				one(i)
			}
		}
		for i, c := range calls {
			f.Answer(c.Realm, responses[i], errs[i])
		}
		if done, err := f.Next(); done || err != nil {
			return err
		}
	}
}

// Session is what a client shows to realms: tokens of its account's server, all
// naming one session key.
type Session struct {
	Client ed25519.PrivateKey // of this session only, drawn at random
	Tokens [][]byte           // by place in RealmSet.Realms; nil where the server gave none
	Device *DeviceSigner      // for registering, deleting and writing heads
	// Guard is the account's own, the same for all its devices and unknown to its
	// server: for what needs a Device. Realms keep the first, and take changes from
	// it alone.
	Guard *DeviceSigner
}

// ErrSession says that a session lacks a token list of the set's length, a key,
// or a device where one is needed.
var ErrSession = errors.New("pinvault: session does not fit the realm set")

// exchange is the part that all flows share: one round with some realms.
type exchange struct {
	set      RealmSet
	session  Session
	account  AccountID
	recovery RecoveryID

	step    step
	calls   []Call
	hashes  map[int][32]byte
	answers map[int]*answer // of this round; absent where there is none
	faults  []Fault
}

func newExchange(set RealmSet, session Session, account AccountID, recovery RecoveryID, device bool) (exchange, error) {
	if err := set.Check(); err != nil {
		return exchange{}, err
	}
	if len(session.Client) != ed25519.PrivateKeySize || len(session.Tokens) != len(set.Realms) ||
		device != (session.Device != nil) || device != (session.Guard != nil) {
		return exchange{}, ErrSession
	}
	return exchange{set: set, session: session, account: account, recovery: recovery}, nil
}

// start begins a round of one step with the given realms.
func (x *exchange) start(s step, realms []int, make func(realm int) *body) error {
	x.step, x.calls = s, nil
	x.hashes, x.answers = map[int][32]byte{}, map[int]*answer{}
	for _, i := range realms {
		token := x.session.Tokens[i]
		if len(token) != TokenSize {
			x.fault(i, ReasonNoToken, 0)
			continue
		}
		guard := x.session.Guard
		if s == stepWriteWitness {
			guard = nil // heads carry its signature
		}
		q, err := encodeRequest(token, make(i), x.session.Client, guard, x.session.Device)
		if err != nil {
			return err
		}
		x.calls = append(x.calls, Call{Realm: i, Request: q})
		x.hashes[i] = requestHash(q)
	}
	return nil
}

func (x *exchange) all() []int {
	out := make([]int, len(x.set.Realms))
	for i := range out {
		out[i] = i
	}
	return out
}

// Calls returns the requests of this round.
func (x *exchange) Calls() []Call { return x.calls }

// Answer takes the outcome of one call. What is not a signed response of the
// realm to that call counts as no response.
func (x *exchange) Answer(realm int, response []byte, err error) {
	hash, asked := x.hashes[realm]
	if !asked || x.answers[realm] != nil {
		return
	}
	if err != nil {
		x.fault(realm, ReasonUnreachable, 0)
		return
	}
	a, err := openResponse(response, x.set.Realms[realm].Key, hash, x.step)
	if err != nil {
		x.fault(realm, ReasonResponse, 0)
		return
	}
	x.answers[realm] = a
}

// agreed returns the realms that answered OK, in order, and notes the rest as
// refusals.
func (x *exchange) agreed() []int {
	var out []int
	for i := range x.set.Realms {
		switch a := x.answers[i]; {
		case a == nil:
		case a.kind == KindOK:
			out = append(out, i)
		default:
			x.fault(i, ReasonRefused, a.kind)
		}
	}
	return out
}

func (x *exchange) kinds(k Kind) (n int) {
	for _, a := range x.answers {
		if a.kind == k {
			n++
		}
	}
	return n
}

// tooMany reports whether so many realms are out for good that the threshold can
// never be reached.
func (x *exchange) tooMany(n int) bool { return n > len(x.set.Realms)-x.set.Threshold }

// Faults lists what went wrong at single realms, also in a flow that succeeded.
func (x *exchange) Faults() []Fault { return x.faults }

func (x *exchange) fault(realm int, r Reason, k Kind) {
	f := Fault{Realm: realm, Reason: r, Kind: k}
	if !slices.Contains(x.faults, f) {
		x.faults = append(x.faults, f)
	}
}
