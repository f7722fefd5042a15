package linking

import (
	"errors"
	"fmt"
	"io"
)

// ErrWrongCode says that the other side did not prove that it shows the code: it
// was mistyped, or somebody stands in between.
var ErrWrongCode = errors.New("linking: wrong code")

// Follower is the side where the code is typed or the link scanned.
type Follower struct {
	place Place
	rand  io.Reader
	link  *Link // nil: by code
	tries int
	run   uint8
	share []byte // the other side's for this run; nil: none yet
	keys  *keys  // of a reply that is not confirmed yet
}

// FollowCode is the side where a code is to be typed.
func FollowCode(rand io.Reader, p Place) *Follower { return &Follower{place: p, rand: rand} }

// FollowLink is the side that has scanned a link.
func FollowLink(rand io.Reader, l *Link) *Follower {
	return &Follower{place: l.Place, rand: rand, link: l, share: l.share[:]}
}

// Ready reports whether Reply can be called: the other side has begun a run.
func (f *Follower) Ready() bool { return f.share != nil && f.keys == nil }

// Reply returns the box that proves the code to the other side; of a link, code is
// ignored. After three codes it fails with ErrVoid: each is a guess for who might
// stand in between.
func (f *Follower) Reply(code string) ([]byte, error) {
	if !f.Ready() || f.tries == MaxTries {
		return nil, ErrVoid
	}
	f.tries++
	m, password := byCode, []byte(code)
	if f.link != nil {
		m, password = byLink, f.link.secret[:]
	}
	x, err := newExchange(f.rand, password, f.place.channelID(m), f.place.sessionID(f.run))
	if err != nil {
		return nil, err
	}
	defer x.erase()
	isk, err := x.key(false, f.share, nil, nil)
	if err != nil {
		return nil, ErrWrongCode
	}
	defer clear(isk[:])
	k := keysOf(isk)
	f.keys = &k
	return box{boxReply, f.run, append(x.share[:], k.followerTag[:]...)}.bytes(), nil
}

// Take takes a box. It returns the channel once the other side has proved the
// code or link; ErrWrongCode, if it says that the reply was wrong, or proves
// another code; ErrVoid, if it has given up. Other boxes are passed over.
func (f *Follower) Take(data []byte) (*Channel, error) {
	x, err := parseBox(data)
	if err != nil {
		return nil, nil
	}
	switch {
	case x.kind == boxShare && f.link == nil && x.run > f.run:
		f.run, f.share = x.run, append([]byte(nil), x.body...)
		f.forget()
	case x.kind == boxWrong && x.run == f.run && f.keys != nil && f.link == nil:
		f.forget()
		f.share = nil
		return nil, ErrWrongCode
	case x.kind == boxConfirm && x.run == f.run && f.keys != nil:
		defer f.forget()
		if !sameTag(f.keys.showerTag, x.body) {
			f.share = nil
			return nil, ErrWrongCode
		}
		return f.keys.channel(false), nil
	case x.kind == boxOver:
		f.forget()
		f.share = nil
		return nil, ErrVoid
	}
	return nil, nil
}

func (f *Follower) forget() {
	if f.keys != nil {
		f.keys.erase()
		f.keys = nil
	}
}

// Erase forgets the keys of a reply.
func (f *Follower) Erase() { f.forget() }

// Format prints no part of the secrets.
func (f Follower) Format(s fmt.State, _ rune) { io.WriteString(s, "linking.Follower(redacted)") }
