package account

import (
	"errors"
	"strings"
	"testing"
)

func TestIDText(t *testing.T) {
	id := ID{1, 2, 3, 31: 0xff}
	kid := KeyholderID{4, 5, 15: 0xff}
	if got, err := ParseID(id.String()); err != nil || got != id || len(id.String()) != 52 {
		t.Errorf("%s: %v", id, err)
	}
	if got, err := ParseKeyholderID(kid.String()); err != nil || got != kid || len(kid.String()) != 26 {
		t.Errorf("%s: %v", kid, err)
	}
	s := id.String()
	for name, text := range map[string]string{
		"nothing": "", "short": s[1:], "long": s + "a", "upper case": strings.ToUpper(s), "padded": s + "====",
		"line break": s[:51] + "\n", "bits too many": s[:51] + "b", "other alphabet": "1" + s[1:], "umlaut": s[:50] + "ü",
	} {
		if _, err := ParseID(text); !errors.Is(err, ErrID) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseKeyholderID(s); !errors.Is(err, ErrID) {
		t.Errorf("account id as keyholder id: %v", err)
	}
}

func TestParseHandle(t *testing.T) {
	for _, s := range []string{"a", "7", "alice", "a.b_c-d", "0_", strings.Repeat("a", 32)} {
		if h, err := ParseHandle(s); err != nil || string(h) != s {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "A", "Alice", "_a", "-a", ".a", "a b", "a@b", "a/b", "ä", "a\x00", "a#b", strings.Repeat("a", 33)} {
		if _, err := ParseHandle(s); !errors.Is(err, ErrHandle) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestParseHost(t *testing.T) {
	for _, s := range []string{"a", "chat.example", "xn--bcher-kva.example:443", "127.0.0.1:8080", "[::1]", "[::1]:65535", "localhost:1"} {
		if h, err := ParseHost(s); err != nil || string(h) != s {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", ".", "a.", ".a", "a..b", "A.example", "a:", "a:0", "a:080", "a:65536", "a:123456", "a:x", "a/b", "a b", "-a", "a-",
		"[::1", "[]", "[::1]x", "[::1]:", "[g::1]", "::1", "a@b", "a#b", "bücher.example", strings.Repeat("a", 64), strings.Repeat("a.", 128)} {
		if _, err := ParseHost(s); !errors.Is(err, ErrHost) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestContactLink(t *testing.T) {
	c := Contact{"chat.example:8443", "alice", ID{1, 2, 3}}
	if got, err := ParseContact(c.String()); err != nil || got != c {
		t.Errorf("%s: %v", c, err)
	}
	id := c.Account.String()
	for _, s := range []string{
		"", "coffer://", "https://chat.example/alice#" + id, "COFFER://chat.example/alice#" + id, "coffer://chat.example/alice", "coffer://chat.example/alice#",
		"coffer:///alice#" + id, "coffer://chat.example/#" + id, "coffer://chat.example#" + id, "coffer://chat.example/Alice#" + id,
		"coffer://chat.example/alice/#" + id, "coffer://chat.example/alice#" + id + "#", "coffer://chat.example/alice?x#" + id, " " + c.String(), c.String() + "\n",
	} {
		if _, err := ParseContact(s); !errors.Is(err, ErrContactLink) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestSafetyNumber(t *testing.T) {
	a, b := ID{1}, ID{2}
	n := SafetyNumber(a, b)
	if n != SafetyNumber(b, a) {
		t.Error("depends on the order")
	}
	if n == SafetyNumber(a, ID{3}) || n == SafetyNumber(ID{3}, b) {
		t.Error("does not depend on both accounts")
	}
	groups := strings.Split(n, " ")
	if len(groups) != 12 {
		t.Fatalf("%d groups", len(groups))
	}
	for _, g := range groups {
		if len(g) != 5 || !only(g, "0123456789") {
			t.Errorf("group %q", g)
		}
	}
}

func TestRealmSet(t *testing.T) {
	w := newWorld(t)
	for _, c := range [][2]int{{0, 0}, {1, 1}, {2, 2}, {3, 2}, {3, 3}, {5, 3}, {16, 9}, {16, 16}} {
		if err := w.realms(c[0], c[1]).Check(); err != nil {
			t.Errorf("%d of %d: %v", c[1], c[0], err)
		}
	}
	for _, c := range [][2]int{{0, 1}, {1, 0}, {2, 1}, {3, 1}, {4, 2}, {3, 4}, {17, 9}} {
		if err := w.realms(c[0], c[1]).Check(); !errors.Is(err, ErrRealms) {
			t.Errorf("%d of %d: %v", c[1], c[0], err)
		}
	}
	for name, change := range map[string]func(s *RealmSet){
		"URL twice": func(s *RealmSet) { s.Realms[1].URL = s.Realms[0].URL },
		"key twice": func(s *RealmSet) { s.Realms[1].Key = s.Realms[0].Key },
		"weak key":  func(s *RealmSet) { s.Realms[1].Key = SignatureKey{1} },
		"no URL":    func(s *RealmSet) { s.Realms[1].URL = "" },
		"no host":   func(s *RealmSet) { s.Realms[1].URL = "https://" },
		"scheme":    func(s *RealmSet) { s.Realms[1].URL = "ftp://a" },
		"fragment":  func(s *RealmSet) { s.Realms[1].URL = "https://a#b" },
		"space":     func(s *RealmSet) { s.Realms[1].URL = "https://a b" },
		"too long":  func(s *RealmSet) { s.Realms[1].URL = "https://" + strings.Repeat("a", MaxRealmURL) },
		"not ASCII": func(s *RealmSet) { s.Realms[1].URL = "https://ü" },
	} {
		s := w.realms(3, 2)
		change(&s)
		if err := s.Check(); !errors.Is(err, ErrRealms) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNamesOfNumbers(t *testing.T) {
	for k, want := range map[Kind]string{0: "unknown", KindDevice: "device", KindCode: "code", KindPIN: "pin", KindPasskey: "passkey", KindCloud: "cloud", 6: "unknown"} {
		if k.String() != want || k.Valid() != (want != "unknown") || k.IsRecovery() != (k.Valid() && k != KindDevice) {
			t.Errorf("kind %d is %s", k, k)
		}
	}
	for b, want := range map[BodyType]string{0: "unknown", BodyGenesis: "genesis", BodyRealms: "realms", BodyClose: "close", 9: "unknown"} {
		if b.String() != want {
			t.Errorf("body type %d is %s", b, b)
		}
	}
}
