package linking

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/gtank/ristretto255"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ToLower(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCPaceVectors holds the exchange to the values that draft-irtf-cfrg-cpace
// gives for ristretto255 and SHA-512.
func TestCPaceVectors(t *testing.T) {
	password, adA, adB := []byte("Password"), []byte("ADa"), []byte("ADb")
	ci := []byte("\x0bA_initiator\x0bB_responder")
	sid := unhex(t, "7E4B4791D6A8EF019B936C79FB7F2C57")
	text := unhex(t, "11435061636552697374726574746f3235350850617373776f726464"+strings.Repeat("00", 100)+
		"180b415f696e69746961746f720b425f726573706f6e646572107e4b4791d6a8ef019b936c79fb7f2c57")
	if got := generatorString(password, ci, sid); !bytes.Equal(got, text) {
		t.Errorf("generator string %x", got)
	}
	if got := generator(password, ci, sid).Bytes(); !bytes.Equal(got, unhex(t, "222B6B195FE84B1652BADB6F6A3AE3D24341E7306967F0B8115B40D5698C7E56")) {
		t.Errorf("generator %x", got)
	}
	side := func(scalar, share string) *exchange {
		s := ristretto255.NewScalar()
		if _, err := s.SetCanonicalBytes(unhex(t, scalar)); err != nil {
			t.Fatal(err)
		}
		x := exchangeWith(s, password, ci, sid)
		if !bytes.Equal(x.share[:], unhex(t, share)) {
			t.Errorf("share %x", x.share)
		}
		return x
	}
	a := side("DA3D23700A9E5699258AEF94DC060DFDA5EBB61F02A5EA77FAD53F4FF0976D08", "D6BAC480F2C386C394EFC7C47ADB9925DCD2630B64F240C50F8D0EEC482B9157")
	b := side("D2316B454718C35362D83D69DF6320F38578ED5984651435E2949762D900B80D", "3EA7E0B19560D7C0B0F5734F63B955286DFA8232B5EBE63324E2D9E7433F7258")
	want := unhex(t, "B69EFFBF61B51D56401C0F65601ABE428DE8206FEAAF0E32198896DCAE7B35CD2B38950A39DFD5D4A79164614C2984F7DAA460B588C1E80C3FA2068AF7900447")
	for name, f := range map[string]func() ([keySize]byte, error){
		"A": func() ([keySize]byte, error) { return a.key(true, b.share[:], adA, adB) },
		"B": func() ([keySize]byte, error) { return b.key(false, a.share[:], adA, adB) },
	} {
		if isk, err := f(); err != nil || !bytes.Equal(isk[:], want) {
			t.Errorf("%s: ISK %x, %v", name, isk, err)
		}
	}
	for name, bad := range map[string]string{
		"not an encoding": "2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c",
		"neutral element": strings.Repeat("00", 32), "short": "00", "empty": "",
	} {
		if _, err := a.key(true, unhex(t, bad), nil, nil); err == nil {
			t.Errorf("a share that is %s is taken", name)
		}
	}
	// Lengths are LEB128 (the draft's prepend_len).
	if got := prependLen(nil, make([]byte, 128)); got[0] != 0x80 || got[1] != 1 || len(got) != 130 {
		t.Errorf("length of 128: %x", got[:2])
	}
}

// TestCPaceScalarMult holds scalar multiplication to the draft's values.
func TestCPaceScalarMult(t *testing.T) {
	s, err1 := ristretto255.NewScalar().SetCanonicalBytes(unhex(t, "7cd0e075fa7955ba52c02759a6c90dbbfc10e6d40aea8d283e407d88cf538a05"))
	x, err2 := ristretto255.NewIdentityElement().SetCanonicalBytes(unhex(t, "2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c"))
	if err1 != nil || err2 != nil {
		t.Fatal("the values do not decode")
	}
	if got := x.ScalarMult(s, x).Bytes(); !bytes.Equal(got, unhex(t, "7c13645fe790a468f62c39beb7388e541d8405d1ade69d1778c5fe3e7f6b600e")) {
		t.Errorf("got %x", got)
	}
}
