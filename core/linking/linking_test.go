package linking

import (
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
)

var (
	update = flag.Bool("update", false, "write the vectors anew")
	noon   = time.Unix(1_770_000_000, 0)
	place  = Place{Host: "chat.example.org", Account: account.ID{1, 2, 3}, Mailbox: [16]byte{9, 8, 7}, Side: OldShows}
)

func randomness(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{0: n}) }

func show(t *testing.T, p Place) *Shower {
	t.Helper()
	s, err := Show(randomness(1), noon, p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wrong is a code that is not the shower's.
func wrong(s *Shower) string {
	if s.Code() == "111111" {
		return "222222"
	}
	return "111111"
}

// pair runs the exchange to the end.
func pair(t *testing.T, s *Shower, f *Follower, code string) (old, fresh *Channel) {
	t.Helper()
	reply, err := f.Reply(code)
	must(t, err)
	put, old, err := s.Take(noon, reply)
	must(t, err)
	if old == nil {
		t.Fatal("the right secret opens no channel")
	}
	for _, b := range put {
		if fresh, err = f.Take(b); err != nil {
			t.Fatal(err)
		}
	}
	if fresh == nil {
		t.Fatal("the follower has no channel")
	}
	return old, fresh
}

func holder(t *testing.T) *account.KeyholderSecret {
	t.Helper()
	k, err := account.GenerateKeyholder(randomness(3))
	must(t, err)
	return k
}

// talk sends every message once in its direction.
func talk(t *testing.T, old, fresh *Channel, public account.KeyholderPublic) {
	t.Helper()
	for i, m := range []Message{
		&Hello{Public: public, Name: "phone ☎", Platform: "linux"}, &Offer{Handle: "alice", Content: bytes.Repeat([]byte{5}, 2000)},
		&Answer{Countersignature: [64]byte{7}}, &Done{Chain: account.Head{Seq: 4, Hash: account.Hash{1}}, Log: account.LogHead{Seq: 2, Link: account.Hash{3}}},
		&Refused{},
	} {
		from, to := fresh, old
		if i%2 == 1 {
			from, to = old, fresh
		}
		sealed := from.Seal(m)
		if got, err := from.Open(sealed); got != nil || err != nil {
			t.Errorf("message %d opens for its sender: %v", i, err)
		}
		if got, _ := to.Open(append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1)); got != nil {
			t.Errorf("message %d, altered, opens", i)
		}
		got, err := to.Open(sealed)
		if err != nil || fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", m) {
			t.Errorf("message %d: %#v, %v", i, got, err)
		}
		if again, _ := to.Open(sealed); again != nil {
			t.Errorf("message %d opens twice", i)
		}
	}
}

func TestByCode(t *testing.T) {
	for _, side := range []Side{OldShows, NewShows} {
		p := place
		p.Side = side
		s := show(t, p)
		f := FollowCode(randomness(2), p)
		if f.Ready() {
			t.Error("ready before the other side has begun")
		}
		if c, err := f.Take(s.Box()); c != nil || err != nil || !f.Ready() {
			t.Fatal("the first box is not taken")
		}
		code, err := ParseCode(s.Code()[:3] + " " + s.Code()[3:])
		must(t, err)
		a, b := pair(t, s, f, code)
		talk(t, a, b, holder(t).Public())
		if _, _, err := s.Take(noon, s.Box()); !errors.Is(err, ErrVoid) {
			t.Errorf("the code is good for more than one: %v", err)
		}
	}
}

func TestByLink(t *testing.T) {
	s := show(t, place)
	l, err := ParseLink(" " + strings.ToLower(s.Link()) + "\n")
	must(t, err)
	if l.Place != place {
		t.Errorf("%+v", l.Place)
	}
	f := FollowLink(randomness(2), l)
	a, b := pair(t, s, f, "")
	talk(t, a, b, holder(t).Public())
}

// TestWrongCodes: three wrong codes make the code void, on both sides, and each
// side learns of it.
func TestWrongCodes(t *testing.T) {
	s := show(t, place)
	f := FollowCode(randomness(2), place)
	right := s.Code()
	next := s.Box()
	for try := 1; try <= MaxTries; try++ {
		_, err := f.Take(next)
		must(t, err)
		reply, err := f.Reply(wrong(s))
		must(t, err)
		put, c, err := s.Take(noon, reply)
		if c != nil {
			t.Fatal("a wrong code opens a channel")
		}
		if try == MaxTries {
			if !errors.Is(err, ErrVoid) || len(put) != 1 {
				t.Fatalf("after %d wrong codes: %v", try, err)
			}
			if _, err := f.Take(put[0]); !errors.Is(err, ErrVoid) {
				t.Errorf("the follower hears %v", err)
			}
			break
		}
		must(t, err)
		if s.TriesLeft() != MaxTries-try {
			t.Errorf("%d tries left", s.TriesLeft())
		}
		if _, err := f.Take(put[0]); !errors.Is(err, ErrWrongCode) {
			t.Errorf("the follower hears %v", err)
		}
		next = put[1]
	}
	_, err := f.Reply(right)
	if !errors.Is(err, ErrVoid) {
		t.Errorf("a fourth reply: %v", err)
	}
	fresh := FollowCode(randomness(4), place)
	_, err = fresh.Take(next)
	must(t, err)
	reply, err := fresh.Reply(right)
	must(t, err)
	if put, c, err := s.Take(noon, reply); c != nil || !errors.Is(err, ErrVoid) || put != nil {
		t.Errorf("the right code after three wrong ones: %v", err)
	}
}

// TestRightAfterWrong: a person who mistypes once goes on.
func TestRightAfterWrong(t *testing.T) {
	s := show(t, place)
	f := FollowCode(randomness(2), place)
	_, err := f.Take(s.Box())
	must(t, err)
	reply, err := f.Reply(wrong(s))
	must(t, err)
	put, _, err := s.Take(noon, reply)
	must(t, err)
	if _, err := f.Take(put[0]); !errors.Is(err, ErrWrongCode) {
		t.Fatal(err)
	}
	_, err = f.Take(put[1])
	must(t, err)
	// The old reply, put there again, uses up nothing.
	if put, c, err := s.Take(noon, reply); put != nil || c != nil || err != nil || s.TriesLeft() != 2 {
		t.Errorf("a replayed reply is taken: %v", err)
	}
	pair(t, s, f, s.Code())
}

func TestTimeIsOver(t *testing.T) {
	s := show(t, place)
	f := FollowCode(randomness(2), place)
	_, err := f.Take(s.Box())
	must(t, err)
	reply, err := f.Reply(s.Code())
	must(t, err)
	if put, c, err := s.Take(noon.Add(Lifetime+time.Second), reply); c != nil || !errors.Is(err, ErrVoid) || len(put) != 1 {
		t.Errorf("after its time: %v", err)
	}
}

// TestInTheMiddle: a server that stands in between has one guess with each side
// in each run, learns nothing from a run beyond whether its guess was right, and
// cannot pass on what one side says to the other as its own.
func TestInTheMiddle(t *testing.T) {
	s := show(t, place)
	f := FollowCode(randomness(2), place)
	// Towards the follower the server plays a shower that has guessed a code.
	guess, err := Show(randomness(9), noon, place)
	must(t, err)
	guess.code = wrong(s)
	must(t, guess.nextRun())
	guess.run = 1
	guess.byCode, err = newExchange(randomness(8), []byte(guess.code), place.channelID(byCode), place.sessionID(1))
	must(t, err)
	_, err = f.Take(guess.Box())
	must(t, err)
	reply, err := f.Reply(s.Code())
	must(t, err)
	if put, c, err := guess.Take(noon, reply); c != nil || err != nil || len(put) != 2 {
		t.Fatalf("a wrong guess opens a channel to the follower: %v", err)
	}
	// The reply was made for the server's share, so the shower does not take it.
	if _, c, err := s.Take(noon, reply); c != nil || err != nil || s.TriesLeft() != 2 {
		t.Errorf("the shower takes a reply to another share: %v", err)
	}
	// Whatever the server answers without the code, the follower does not believe.
	for _, tag := range [][]byte{make([]byte, tagSize), reply[len(reply)-tagSize:]} {
		g := FollowCode(randomness(2), place)
		_, err = g.Take(s.Box())
		must(t, err)
		_, err = g.Reply(s.Code())
		must(t, err)
		if c, err := g.Take(box{boxConfirm, s.run, tag}.bytes()); c != nil || !errors.Is(err, ErrWrongCode) {
			t.Errorf("the follower believes a made-up proof: %v", err)
		}
	}
	// Fresh runs that the server begins at will give it three guesses, not more.
	h := FollowCode(randomness(2), place)
	replies := 0
	for run := uint8(1); run < 20; run++ {
		if _, err := h.Take(box{boxShare, run, guess.byCode.share[:]}.bytes()); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Reply(s.Code()); err == nil {
			replies++
		}
	}
	if replies != MaxTries {
		t.Errorf("the server drew %d replies from the follower", replies)
	}
}

// TestLinkLeavesNoGuess: with a link, neither a code nor another share opens the
// channel, and wrong replies use up nothing.
func TestLinkLeavesNoGuess(t *testing.T) {
	s := show(t, place)
	l, err := ParseLink(s.Link())
	must(t, err)
	for n := range 40 {
		other := *l
		other.secret[0] ^= byte(n + 1)
		f := FollowLink(randomness(byte(n)), &other)
		reply, err := f.Reply("")
		must(t, err)
		if put, c, err := s.Take(noon, reply); put != nil || c != nil || err != nil {
			t.Fatalf("a reply without the secret is answered: %v", err)
		}
	}
	// Who scanned the link takes the share from it, never from the mailbox.
	f := FollowLink(randomness(2), l)
	if _, err := f.Take(box{boxShare, 1, make([]byte, shareSize)}.bytes()); err != nil || !bytes.Equal(f.share, l.share[:]) {
		t.Error("a share from the mailbox replaces the link's")
	}
	pair(t, s, f, "")
}

// TestAnotherPlace: a code shown for one account, host, mailbox or side is no
// proof for another: the server cannot make two devices speak of different
// accounts.
func TestAnotherPlace(t *testing.T) {
	for name, change := range map[string]func(p *Place){
		"account": func(p *Place) { p.Account[31] = 1 }, "host": func(p *Place) { p.Host = "evil.example.org" },
		"mailbox": func(p *Place) { p.Mailbox[15] = 1 }, "side": func(p *Place) { p.Side = NewShows },
	} {
		s, p := show(t, place), place
		change(&p)
		f := FollowCode(randomness(2), p)
		_, err := f.Take(s.Box())
		must(t, err)
		reply, err := f.Reply(s.Code())
		must(t, err)
		if _, c, _ := s.Take(noon, reply); c != nil {
			t.Errorf("another %s is taken", name)
		}
	}
}

func TestCodes(t *testing.T) {
	for text, want := range map[string]string{"123456": "123456", " 000-000 ": "000000", "12 34 56": "123456"} {
		if got, err := ParseCode(text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "12345", "1234567", "12345a", "１２３４５６", "-"} {
		if _, err := ParseCode(text); !errors.Is(err, ErrCode) {
			t.Errorf("%q: %v", text, err)
		}
	}
	seen := map[byte]int{}
	r := randomness(7)
	for range 6000 {
		code, err := drawCode(r)
		must(t, err)
		if len(code) != CodeDigits {
			t.Fatalf("code %q", code)
		}
		seen[code[0]]++
	}
	for d := byte('0'); d <= '9'; d++ {
		if seen[d] < 450 || seen[d] > 750 {
			t.Errorf("digit %c leads %d of 6000 codes", d, seen[d])
		}
	}
}

func TestRedacted(t *testing.T) {
	s := show(t, place)
	l, err := ParseLink(s.Link())
	must(t, err)
	for _, v := range []any{*s, *l, *FollowLink(randomness(2), l), Channel{}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
			if got := fmt.Sprintf(format, v); !strings.HasSuffix(got, "(redacted)") {
				t.Errorf("%s of %T prints %s", format, v, got)
			}
		}
	}
}

// TestVectors holds the formats to testdata/linking.json, which spec/linking.md
// explains.
func TestVectors(t *testing.T) {
	s := show(t, place)
	got := map[string]string{"code": s.Code(), "link": s.Link(), "first box": hex.EncodeToString(s.Box())}
	got["scalar of the share"] = hex.EncodeToString(s.byCode.scalar.Bytes())
	got["scalar of the link's share"] = hex.EncodeToString(s.byLink.scalar.Bytes())
	x, err := newExchange(randomness(2), nil, nil, nil)
	must(t, err)
	got["scalar of the reply"] = hex.EncodeToString(x.scalar.Bytes())
	f := FollowCode(randomness(2), place)
	_, err = f.Take(s.Box())
	must(t, err)
	reply, err := f.Reply(s.Code())
	must(t, err)
	put, old, err := s.Take(noon, reply)
	must(t, err)
	fresh, err := f.Take(put[0])
	must(t, err)
	got["reply"], got["confirm"] = hex.EncodeToString(reply), hex.EncodeToString(put[0])
	done := &Done{Chain: account.Head{Seq: 4, Hash: account.Hash{1}}, Log: account.LogHead{Seq: 2, Link: account.Hash{3}}}
	got["done"], got["done in its box"] = hex.EncodeToString(done.bytes()), hex.EncodeToString(old.Seal(done))
	hello := (&Hello{Public: holder(t).Public(), Name: "phone", Platform: "linux"})
	h := sha512.Sum512(hello.bytes())
	got["SHA-512 of hello"] = hex.EncodeToString(h[:])
	h = sha512.Sum512(fresh.Seal(hello))
	got["SHA-512 of hello in its box"] = hex.EncodeToString(h[:])
	path := filepath.Join("testdata", "linking.json")
	if *update {
		b, err := json.MarshalIndent(got, "", "  ")
		must(t, err)
		must(t, os.WriteFile(path, append(b, '\n'), 0o644))
	}
	b, err := os.ReadFile(path)
	must(t, err)
	want := map[string]string{}
	must(t, json.Unmarshal(b, &want))
	for name, v := range want {
		if got[name] != v {
			t.Errorf("%s: %s, want %s", name, got[name], v)
		}
	}
	if len(want) != len(got) {
		t.Errorf("%d vectors, want %d", len(want), len(got))
	}
}

// FuzzBox: no box and no link makes either side panic or open a channel.
func FuzzBox(f *testing.F) {
	s, err := Show(randomness(1), noon, place)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Box())
	f.Add([]byte(s.Link()))
	f.Add(box{boxReply, 1, make([]byte, shareSize+tagSize)}.bytes())
	f.Add(box{boxConfirm, 1, make([]byte, tagSize)}.bytes())
	f.Add((&Refused{}).bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Show(randomness(1), noon, place)
		must(t, err)
		if _, c, _ := s.Take(noon, data); c != nil {
			t.Error("a channel with whom?")
		}
		g := FollowCode(randomness(2), place)
		if c, _ := g.Take(data); c != nil {
			t.Error("a channel with whom?")
		}
		if _, err := ParseLink(string(data)); err == nil && !bytes.Contains(bytes.ToUpper(data), []byte(linkPrefix)) {
			t.Error("a link without its prefix")
		}
		if m, err := parseMessage(data); err == nil && !bytes.Equal(m.bytes(), data) {
			t.Error("a message that is encoded in another way")
		}
	})
}
