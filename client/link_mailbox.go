package client

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/linking"
)

// mailboxWait is how long one question for a box may stay open.
const mailboxWait = 2 * time.Second

// maxMailbox is how many boxes one takes; a server that shows more is made no use
// of.
const maxMailbox = 64

// mailbox is where two devices meet that link. It needs no session and no lock.
type mailbox struct {
	client wire.DeviceClient
	place  linking.Place
	read   int // boxes read, or put there, so far
	queue  [][]byte
}

// put appends a box, after whatever others have put there meanwhile.
func (m *mailbox) put(ctx context.Context, box []byte) error {
	for range maxMailbox {
		_, err := m.client.PutLinkBox(ctx, &wire.PutLinkBoxRequest{
			Account: m.place.Account[:], Mailbox: m.place.Mailbox[:], Number: uint32(m.read + 1), Box: box,
		})
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindStale {
			if err := m.fetch(ctx, 0); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return fault.FromServer(err)
		}
		m.read++
		return nil
	}
	return errMailboxFull()
}

func errMailboxFull() error {
	return &fault.Error{Kind: fault.KindRefused, Message: "somebody disturbs the linking; begin anew, on both devices"}
}

// fetch reads what is new, waiting for it if it must.
func (m *mailbox) fetch(ctx context.Context, wait time.Duration) error {
	r, err := m.client.GetLinkBoxes(ctx, &wire.GetLinkBoxesRequest{
		Account: m.place.Account[:], Mailbox: m.place.Mailbox[:], FromNumber: uint32(m.read + 1), TimeoutMs: uint32(wait.Milliseconds()),
	})
	if err != nil {
		return fault.FromServer(err)
	}
	m.read += len(r.Boxes)
	m.queue = append(m.queue, r.Boxes...)
	if m.read > maxMailbox {
		return errMailboxFull()
	}
	return nil
}

// take waits for the next box.
func (m *mailbox) take(ctx context.Context) ([]byte, error) {
	for len(m.queue) == 0 {
		if err := ctx.Err(); err != nil {
			return nil, linkEnded(err)
		}
		if err := m.fetch(ctx, mailboxWait); err != nil {
			return nil, linkEnded(err)
		}
	}
	b := m.queue[0]
	m.queue = m.queue[1:]
	return b, nil
}

// linkEnded is the error of a linking whose time is over.
func linkEnded(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &fault.Error{Kind: fault.KindRefused, Message: "the other device did not answer in time; begin anew, on both devices", Err: err}
	}
	return err
}

// send puts a message of the channel there.
func (m *mailbox) send(ctx context.Context, c *linking.Channel, x linking.Message) error {
	return m.put(ctx, c.Seal(x))
}

// receive waits for the next message of the other device.
func (m *mailbox) receive(ctx context.Context, c *linking.Channel) (linking.Message, error) {
	for {
		b, err := m.take(ctx)
		if err != nil {
			return nil, err
		}
		x, err := c.Open(b)
		if err != nil {
			return nil, errOtherDevice(err)
		}
		if x != nil {
			return x, nil
		}
	}
}

func errOtherDevice(err error) error {
	return fault.Failed(err, "the other device says what this version does not understand; update both")
}

// show lets the other device prove the code or link that this one shows.
func (m *mailbox) show(ctx context.Context, s *linking.Shower, now func() time.Time) (*linking.Channel, error) {
	if err := m.put(ctx, s.Box()); err != nil {
		return nil, err
	}
	for {
		b, err := m.take(ctx)
		if err != nil {
			return nil, err
		}
		put, c, err := s.Take(now(), b)
		for _, x := range put {
			if err := m.put(ctx, x); err != nil {
				return nil, err
			}
		}
		if errors.Is(err, linking.ErrVoid) {
			return nil, errVoidCode(err)
		}
		if c != nil || err != nil {
			return c, err
		}
	}
}

func errVoidCode(err error) error {
	return &fault.Error{Kind: fault.KindWrongSecret, Message: "three wrong codes were tried, or the code is too old: it is void; begin anew, on both devices. If nobody mistyped it, somebody else tried", Err: err}
}

// AskCode asks for the code, or the link, that the other device shows. left is how
// many tries there are; fewer than three means that the last was wrong.
type AskCode func(ctx context.Context, left int) (string, error)

// follow proves to the other device the code or link that it shows. text is what
// was asked for first.
func (m *mailbox) follow(ctx context.Context, f *linking.Follower, text string, ask AskCode) (*linking.Channel, error) {
	defer f.Erase()
	wrong := 0
	for {
		if f.Ready() {
			box, err := f.Reply(text)
			if err != nil {
				return nil, errVoidCode(err)
			}
			if err := m.put(ctx, box); err != nil {
				return nil, err
			}
		}
		b, err := m.take(ctx)
		if err != nil {
			return nil, err
		}
		c, err := f.Take(b)
		switch {
		case errors.Is(err, linking.ErrVoid):
			return nil, errVoidCode(err)
		case errors.Is(err, linking.ErrWrongCode):
			if wrong++; wrong >= linking.MaxTries {
				return nil, errVoidCode(err)
			}
			if text, err = askForCode(ctx, ask, linking.MaxTries-wrong); err != nil {
				return nil, err
			}
		case c != nil:
			return c, nil
		}
	}
}

// askForCode asks until it looks like a code.
func askForCode(ctx context.Context, ask AskCode, left int) (string, error) {
	text, err := ask(ctx, left)
	if err != nil {
		return "", err
	}
	code, err := linking.ParseCode(text)
	if err != nil {
		return "", errNoCode(err)
	}
	return code, nil
}

func errNoCode(err error) error {
	if errors.Is(err, linking.ErrLinkVersion) {
		return fault.Failed(err, "this code was made by a newer version; update this program")
	}
	return &fault.Error{Kind: fault.KindWrongSecret, Message: "this is no linking code: six digits, or the text of the QR code", Err: err}
}

// platform is what this device runs on.
func platform() string {
	if runtime.GOOS == "js" {
		return "browser"
	}
	return runtime.GOOS
}
