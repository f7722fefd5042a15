package recoverycode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func newSecret(t testing.TB, seed byte) *Secret {
	t.Helper()
	s, err := New(rand.NewChaCha8([32]byte{seed}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRoundTrip(t *testing.T) {
	for seed := range 50 {
		s := newSecret(t, byte(seed))
		code := s.Code()
		if len(code) != Characters+7 || strings.Count(code, "-") != 7 {
			t.Fatalf("code has another shape")
		}
		got, corrected, err := Parse(code)
		if err != nil || corrected != 0 || !bytes.Equal(got.Bytes(), s.Bytes()) {
			t.Fatalf("seed %d: corrected %d, %v", seed, corrected, err)
		}
	}
}

// TestEveryTriple puts a wrong character at every choice of three of the 40
// places.
func TestEveryTriple(t *testing.T) {
	s := newSecret(t, 1)
	plain := strings.ReplaceAll(s.Code(), "-", "")
	r := rand.New(rand.NewPCG(1, 2))
	for a := range Characters {
		for b := range a {
			for c := range b {
				text := []byte(plain)
				for _, i := range []int{a, b, c} {
					text[i] = other(r, text[i])
				}
				symbols := map[int]bool{a / 2: true, b / 2: true, c / 2: true}
				got, corrected, err := Parse(string(text))
				if err != nil || !bytes.Equal(got.Bytes(), s.Bytes()) || corrected != len(symbols) {
					t.Fatalf("%d, %d, %d wrong: corrected %d, %v", a, b, c, corrected, err)
				}
			}
		}
	}
}

// TestEverySubstitution puts every wrong character at every place.
func TestEverySubstitution(t *testing.T) {
	s := newSecret(t, 2)
	plain := strings.ReplaceAll(s.Code(), "-", "")
	for i := range Characters {
		for _, c := range []byte(alphabet + "U?!u*.") {
			text := []byte(plain)
			was := text[i]
			text[i] = c
			got, corrected, err := Parse(string(text))
			want := 1
			if c == was {
				want = 0
			}
			if err != nil || corrected != want || !bytes.Equal(got.Bytes(), s.Bytes()) {
				t.Fatalf("%c at %d: corrected %d, %v", c, i, corrected, err)
			}
		}
	}
}

// TestWrongAndUnreadable mixes both, up to the limit: twice the wrong symbols
// plus the unreadable ones at most six.
func TestWrongAndUnreadable(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for wrong := 0; wrong <= 3; wrong++ {
		for unreadable := 0; 2*wrong+unreadable <= parity; unreadable++ {
			for range 200 {
				s := newSecret(t, byte(r.Uint32()))
				text := []byte(strings.ReplaceAll(s.Code(), "-", ""))
				places := r.Perm(symbols)[:wrong+unreadable]
				for n, p := range places {
					i := 2*p + r.IntN(2)
					if n < wrong {
						text[i] = other(r, text[i])
					} else {
						text[i] = '?'
					}
				}
				got, corrected, err := Parse(string(text))
				if err != nil || corrected != wrong+unreadable || !bytes.Equal(got.Bytes(), s.Bytes()) {
					t.Fatalf("%d wrong, %d unreadable: corrected %d, %v", wrong, unreadable, corrected, err)
				}
			}
		}
	}
}

func TestTooManyErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	s := newSecret(t, 3)
	plain := strings.ReplaceAll(s.Code(), "-", "")
	// Four wrong symbols look like another code's three about once in a million.
	refused := 0
	for range 1000 {
		text := []byte(plain)
		for _, p := range r.Perm(symbols)[:4] {
			text[2*p] = other(r, text[2*p])
		}
		got, _, err := Parse(string(text))
		switch {
		case err == nil && bytes.Equal(got.Bytes(), s.Bytes()):
			t.Fatal("four wrong symbols corrected: not this code's distance")
		case errors.Is(err, ErrTooManyErrors):
			refused++
		case err != nil && !errors.Is(err, ErrVersion):
			t.Fatal(err)
		}
	}
	if refused < 990 {
		t.Errorf("only %d of 1000 refused", refused)
	}
	for name, text := range map[string]string{
		"seven unreadable": "??" + plain[2:4] + strings.Repeat("?0", 6) + plain[16:],
		"all unreadable":   strings.Repeat("?", Characters),
		"all the same":     strings.Repeat("7", Characters),
	} {
		if _, _, err := Parse(text); !errors.Is(err, ErrTooManyErrors) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTolerance(t *testing.T) {
	s := newSecret(t, 4)
	code := s.Code()
	look := strings.NewReplacer("1", "l", "0", "o").Replace(code)
	for name, text := range map[string]string{
		"lower case": strings.ToLower(code), "no dashes": strings.ReplaceAll(code, "-", ""),
		"spaces": strings.ReplaceAll(code, "-", "  "), "lines": "\n" + strings.ReplaceAll(code, "-", "\r\n") + "\n",
		"long dashes": strings.ReplaceAll(code, "-", " – "), "look-alikes": look, "upper look-alikes": strings.ReplaceAll(code, "1", "I"),
	} {
		got, corrected, err := Parse(text)
		if err != nil || corrected != 0 || !bytes.Equal(got.Bytes(), s.Bytes()) {
			t.Errorf("%s: corrected %d, %v", name, corrected, err)
		}
	}
}

func TestLength(t *testing.T) {
	code := newSecret(t, 5).Code()
	for _, text := range []string{"", "-", code[:len(code)-1], code[1:], code + "0", code + code} {
		if _, _, err := Parse(text); !errors.Is(err, ErrLength) {
			t.Errorf("%d characters: %v", len(text), err)
		}
	}
}

func TestVersion(t *testing.T) {
	for v := range uint16(16) {
		var w word
		w.setData([Size]byte{1, 2, 3})
		w[0] = w[0]&0x3f | v<<6
		w.encode()
		var text strings.Builder
		for _, c := range w {
			text.WriteByte(alphabet[c>>5])
			text.WriteByte(alphabet[c&31])
		}
		_, _, err := Parse(text.String())
		if v == Version && err != nil || v != Version && !errors.Is(err, ErrVersion) {
			t.Errorf("version %d: %v", v, err)
		}
	}
}

func TestSecretIsRedacted(t *testing.T) {
	s := newSecret(t, 6)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		if a, b := fmt.Sprintf(verb, s), fmt.Sprintf(verb, *s); a != "[secret]" || b != "[secret]" {
			t.Errorf("%s prints %s and %s", verb, a, b)
		}
	}
	s.Erase()
	if !bytes.Equal(s.Bytes(), make([]byte, Size)) {
		t.Error("erased secret is still there")
	}
}

func TestNewNeedsRandomness(t *testing.T) {
	if _, err := New(strings.NewReader("too short")); err == nil {
		t.Error("made a secret of nine bytes")
	}
}

// TestVectors holds the code to the committed vectors, which spec/recovery-code.md
// shows.
func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Text, Secret, Expect string
		Corrected            int
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	expect := map[string]error{"success": nil, "wrong length": ErrLength, "too many errors": ErrTooManyErrors, "unknown version": ErrVersion}
	for i, v := range vectors {
		want, known := expect[v.Expect]
		if !known {
			t.Fatalf("vector %d expects %q", i, v.Expect)
		}
		s, corrected, err := Parse(v.Text)
		if !errors.Is(err, want) {
			t.Errorf("vector %d: %v, want %s", i, err, v.Expect)
		}
		if err == nil && (fmt.Sprintf("%x", s.Bytes()) != v.Secret || corrected != v.Corrected) {
			t.Errorf("vector %d: another secret, or %d corrected", i, corrected)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(newSecret(f, 7).Code())
	f.Add(strings.Repeat("0", Characters))
	f.Add(strings.Repeat("?", 12) + strings.Repeat("z", 28))
	f.Fuzz(func(t *testing.T, text string) {
		s, corrected, err := Parse(text)
		if err != nil {
			return
		}
		if corrected > parity {
			t.Fatalf("corrected %d symbols", corrected)
		}
		again, none, err := Parse(s.Code())
		if err != nil || none != 0 || !bytes.Equal(again.Bytes(), s.Bytes()) {
			t.Fatal("a parsed secret does not print and parse")
		}
	})
}

// other returns another character of the alphabet.
func other(r *rand.Rand, c byte) byte {
	for {
		if n := alphabet[r.IntN(len(alphabet))]; n != c {
			return n
		}
	}
}
