package linking

import (
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// MaxTries is how many wrong codes make a code void.
	MaxTries = 3
	// Lifetime is how long a code or link is good for.
	Lifetime = 10 * time.Minute
)

// ErrVoid says that a code is good for nothing any more: too many wrong ones were
// tried, or its time is over.
var ErrVoid = errors.New("linking: the code is void")

// Shower is the side that shows a code and a link.
type Shower struct {
	place Place
	rand  io.Reader
	until time.Time
	code  string
	link  *Link

	byLink *exchange
	byCode *exchange
	run    uint8 // of byCode; from 1
	void   bool
}

// Show draws a code and a link. Either of them opens the channel, once.
func Show(rand io.Reader, now time.Time, p Place) (*Shower, error) {
	s := &Shower{place: p, rand: rand, until: now.Add(Lifetime), link: &Link{Place: p}}
	var err error
	if s.code, err = drawCode(rand); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(rand, s.link.secret[:]); err != nil {
		return nil, fmt.Errorf("linking: randomness: %w", err)
	}
	if s.byLink, err = newExchange(rand, s.link.secret[:], p.channelID(byLink), p.sessionID(linkRun)); err != nil {
		return nil, err
	}
	s.link.share = s.byLink.share
	return s, s.nextRun()
}

// nextRun draws a new share for the code: each try is an exchange of its own.
func (s *Shower) nextRun() (err error) {
	s.run++
	s.byCode, err = newExchange(s.rand, []byte(s.code), s.place.channelID(byCode), s.place.sessionID(s.run))
	return err
}

// Code returns the six digits.
func (s *Shower) Code() string { return s.code }

// Link returns what the QR code says.
func (s *Shower) Link() string { return s.link.Text() }

// TriesLeft returns how many codes may still be tried.
func (s *Shower) TriesLeft() int { return max(MaxTries+1-int(s.run), 0) }

// Box returns what the shower puts into the mailbox first.
func (s *Shower) Box() []byte { return box{boxShare, s.run, s.byCode.share[:]}.bytes() }

// Take takes a box and returns what is to be put into the mailbox for it, and the
// channel once the other side has proved that it knows the code or link. Boxes
// that are not for the shower are passed over. After ErrVoid, what it returns is
// still to be put there, and nothing opens the channel any more.
func (s *Shower) Take(now time.Time, data []byte) (put [][]byte, c *Channel, err error) {
	if s.void || now.After(s.until) {
		return s.end()
	}
	x, err := parseBox(data)
	if err != nil || x.kind != boxReply {
		return nil, nil, nil
	}
	switch x.run {
	case linkRun:
		// Who has not seen the link has no chance worth counting.
		c, tag := s.check(s.byLink, x.body)
		if c == nil {
			return nil, nil, nil
		}
		s.Erase()
		return [][]byte{box{boxConfirm, linkRun, tag}.bytes()}, c, nil
	case s.run:
		run := s.run
		c, tag := s.check(s.byCode, x.body)
		if c != nil {
			s.Erase()
			return [][]byte{box{boxConfirm, run, tag}.bytes()}, c, nil
		}
		s.byCode.erase()
		if run == MaxTries {
			return s.end()
		}
		if err := s.nextRun(); err != nil {
			return nil, nil, err
		}
		return [][]byte{box{boxWrong, run, []byte{byte(s.TriesLeft())}}.bytes(), s.Box()}, nil, nil
	}
	return nil, nil, nil
}

// check returns the channel and the shower's own tag, if the reply proves the
// secret of the exchange.
func (s *Shower) check(x *exchange, body []byte) (*Channel, []byte) {
	isk, err := x.key(true, body[:shareSize], nil, nil)
	if err != nil {
		return nil, nil
	}
	defer clear(isk[:])
	k := keysOf(isk)
	defer k.erase()
	if !sameTag(k.followerTag, body[shareSize:]) {
		return nil, nil
	}
	tag := k.showerTag
	return k.channel(true), tag[:]
}

func (s *Shower) end() ([][]byte, *Channel, error) {
	first := !s.void
	s.Erase()
	if !first {
		return nil, nil, ErrVoid
	}
	return [][]byte{box{kind: boxOver}.bytes()}, nil, ErrVoid
}

// Erase makes code and link void.
func (s *Shower) Erase() {
	s.void, s.code = true, ""
	clear(s.link.secret[:])
	s.byLink.erase()
	s.byCode.erase()
}

// Format prints no part of the secrets.
func (s Shower) Format(f fmt.State, _ rune) { io.WriteString(f, "linking.Shower(redacted)") }
