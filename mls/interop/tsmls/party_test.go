package tsmls

import "bytes"

// party is a member, or somebody about to be one, in any implementation. Its
// methods fail the test themselves.
type party interface {
	name() string
	// keyPackage makes a key package, for the next join or create.
	keyPackage() []byte
	create(group []byte)
	join(welcome []byte)
	groupInfo() []byte
	// joinExternal returns the external commit; with resync it replaces the
	// party's own earlier leaf.
	joinExternal(groupInfo []byte, resync bool) []byte
	propose(change, form) []byte
	// commit covers the proposals received and some more.
	commit([]change, form) (commit, welcome []byte)
	// process takes a proposal or a commit.
	process(message []byte)
	seal(text string) []byte
	open(message []byte) string
	state() state
}

// form is how handshake messages are sent.
type form bool

const (
	private form = false
	public  form = true
)

// change is an Add, or the Remove of a member by name.
type change struct {
	add    []byte // a key package
	remove string
}

// state is what the members of an epoch agree on; a removed member has none.
type state struct {
	active        bool
	epoch         uint64
	authenticator []byte
	exported      []byte
}

func (s state) equal(o state) bool {
	return s.active == o.active && s.epoch == o.epoch && bytes.Equal(s.authenticator, o.authenticator) && bytes.Equal(s.exported, o.exported)
}

// What state.exported is made of.
const (
	exportLabel   = "interop"
	exportContext = "context"
	exportLength  = 24
)
