package pinvault

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestPINRules(t *testing.T) {
	for typed, want := range map[string]error{
		"483920":                   nil,
		" 483920\n":                nil,
		"042817":                   nil,
		"hunter-seven":             nil,
		"pïn-ünïcödé":              nil,
		"日本語日記帳":                   nil,
		"19840":                    ErrPINShort,
		"":                         ErrPINShort,
		"      ":                   ErrPINShort,
		"日本語":                      ErrPINShort,
		strings.Repeat("ab9", 100): ErrPINLong,
		"4839\x0020":               ErrPINText,
		"48\xff3920":               ErrPINText,
		"48\n3920":                 ErrPINText,
		"000000":                   ErrPINTrivial,
		"aaaaaaa":                  ErrPINTrivial,
		"123456":                   ErrPINTrivial,
		"1234567890":               ErrPINTrivial,
		"567890":                   ErrPINTrivial,
		"890123":                   ErrPINTrivial,
		"987654":                   ErrPINTrivial,
		"210987":                   ErrPINTrivial,
		"abcdef":                   ErrPINTrivial,
		"ABCDEF":                   ErrPINTrivial,
		"121212":                   ErrPINTrivial,
		"123123":                   ErrPINTrivial,
		"483483":                   ErrPINTrivial,
		"12341234":                 ErrPINTrivial,
		"112233":                   ErrPINTrivial,
		"332211":                   ErrPINTrivial,
		"123321":                   ErrPINTrivial,
		"1234321":                  ErrPINTrivial,
		"159753":                   ErrPINTrivial,
		"PassWord":                 ErrPINTrivial,
		"qwerty":                   ErrPINTrivial,
		"19840612":                 ErrPINTrivial,
		"12061984":                 ErrPINTrivial,
		"06132001":                 ErrPINTrivial,
		"18840612":                 nil,
		"19841312":                 ErrPINTrivial, // the 13th of December
		"19841332":                 nil,
		"48219203":                 nil,
	} {
		if _, err := CheckPIN(typed); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("CheckPIN(%q) = %v, want %v", typed, err, want)
		}
	}
	// What may not be set may still be tried.
	if _, err := ParsePIN("123456"); err != nil {
		t.Errorf("ParsePIN of a trivial one: %v", err)
	}
	if _, err := ParsePIN("12345"); !errors.Is(err, ErrPINShort) {
		t.Errorf("ParsePIN of a short one: %v", err)
	}
}

// A random PIN of six digits is hardly ever refused.
func TestFewPINsAreRefused(t *testing.T) {
	refused := 0
	for n := range 1_000_000 {
		if trivial(fmt.Sprintf("%06d", n)) {
			refused++
		}
	}
	if refused < 1000 || refused > 3000 {
		t.Errorf("%d of a million PINs are refused", refused)
	}
}

func TestPINFacts(t *testing.T) {
	digits, err := ParsePIN(" 483920 ")
	if err != nil {
		t.Fatal(err)
	}
	words, err := ParsePIN("483920a")
	if err != nil {
		t.Fatal(err)
	}
	if !digits.Numeric() || words.Numeric() || !digits.Is("483920\n") || digits.Is("483921") {
		t.Error("wrong facts about a PIN")
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	p, err := ParsePIN("hunter-seven")
	if err != nil {
		t.Fatal(err)
	}
	raw := [32]byte([]byte("0123456789abcdef0123456789abcdef"))
	s := stretchedFrom(raw)
	secret := SecretFromBytes(raw)
	key := MACKey{hidden{b: raw}}
	shown := func(text string) {
		t.Helper()
		for _, leak := range []string{"hunter", "0123456789", "48 49 50", "30313233", "0x30"} {
			if strings.Contains(text, leak) {
				t.Errorf("printed: %s", text)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		for _, v := range []any{p, &p, secret, &secret, key, s, []any{p, secret}, struct{ S Secret }{secret}} {
			shown(fmt.Sprintf(verb, v))
		}
	}
	shown(p.String() + p.GoString() + secret.String() + secret.GoString())
	var out strings.Builder
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "pin", p, "secret", secret, "key", key, "stretched", s)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "pin", p, "secret", secret, "key", key, "stretched", s)
	shown(out.String())
	secret.Erase()
	s.Erase()
	if secret.Bytes() != [32]byte{} || s.input.b != [32]byte{} || s.seal.b != [32]byte{} {
		t.Error("erased secrets are still there")
	}
}

func TestStretch(t *testing.T) {
	p, err := ParsePIN("483920")
	if err != nil {
		t.Fatal(err)
	}
	a, r := AccountID{1}, RecoveryID{2}
	first, err := StretchPIN(p, DefaultStretch, a, r)
	if err != nil {
		t.Fatal(err)
	}
	if first.input.equal(first.seal) {
		t.Error("both parts are the same")
	}
	other, err := StretchPIN(p, DefaultStretch, a, RecoveryID{3})
	if err != nil || first.input.equal(other.input) || first.seal.equal(other.seal) {
		t.Errorf("the salt does not depend on the recovery id (%v)", err)
	}
	for name, change := range map[string]func(*StretchParams){
		"version":          func(p *StretchParams) { p.Version++ },
		"little memory":    func(p *StretchParams) { p.Memory-- },
		"much memory":      func(p *StretchParams) { p.Memory = 1<<20 + 1 },
		"few passes":       func(p *StretchParams) { p.Passes-- },
		"many passes":      func(p *StretchParams) { p.Passes = 33 },
		"no threads":       func(p *StretchParams) { p.Threads = 0 },
		"too many threads": func(p *StretchParams) { p.Threads = 5 },
	} {
		params := DefaultStretch
		change(&params)
		if _, err := StretchPIN(p, params, a, r); !errors.Is(err, ErrStretch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
