package server

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/server/blob"
	"github.com/coffer-chat/coffer/server/bus"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/internal/rate"
	"github.com/coffer-chat/coffer/server/store"
)

// Registration says who may register. The empty one is RegistrationClosed.
type Registration string

// The policies.
const (
	RegistrationOpen   Registration = "open"   // everybody
	RegistrationInvite Registration = "invite" // who has an invitation, see CreateInvite
	RegistrationClosed Registration = "closed" // nobody
)

// Limits bounds what the server takes on. A zero field means the default.
type Limits = env.Limits

// Rule is a rate: a burst, and how fast it comes back.
type Rule = rate.Rule

// Config says how a Server works. Store and Blobs are needed; all else has a
// default.
type Config struct {
	Store store.Store
	Blobs blob.Store
	// Bus wakes who waits. Nil: within this process.
	Bus bus.Bus

	// Host is the name that ids and links carry. It is kept in the store at the
	// first start and must not change: another name later is an error. Empty: the
	// one that is kept.
	Host string

	Registration Registration
	// Realms are proposed to clients for their PINs, with a threshold and with how
	// many independent operators stand behind them.
	Realms         []pinvault.Realm
	RealmThreshold int
	RealmOperators int
	// RealmsInside names the databases of realms that run in the same process: they
	// belong to what the server holds about a person.
	RealmsInside []string

	// Push says how devices are woken through push services.
	Push Push

	// Reports says what becomes of reports.
	Reports Reports

	Limits Limits
	// BehindProxy takes clients' addresses from X-Forwarded-For.
	BehindProxy bool
	// Software names program and version to clients.
	Software string

	// Logger gets no data of users. Nil: nothing is logged.
	Logger *slog.Logger
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
	// SweepEvery is how often expired things are erased. 0: 10 s.
	SweepEvery time.Duration
}

// What is wrong with a Config.
var (
	// ErrConfig: a needed field is missing or a value makes no sense.
	ErrConfig = errors.New("server: incomplete configuration")
	// ErrHost: the store belongs to a server of another name.
	ErrHost = errors.New("server: the host name differs from the one that this store was begun with")
)

func (r Registration) check() error {
	switch r {
	case "", RegistrationOpen, RegistrationInvite, RegistrationClosed:
		return nil
	}
	return fmt.Errorf("%w: registration", ErrConfig)
}

func (r Registration) wire() cofferv1.Registration {
	switch r {
	case RegistrationOpen:
		return cofferv1.Registration_REGISTRATION_OPEN
	case RegistrationInvite:
		return cofferv1.Registration_REGISTRATION_INVITE
	}
	return cofferv1.Registration_REGISTRATION_CLOSED
}
