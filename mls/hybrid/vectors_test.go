package hybrid

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/cloudflare/circl/kem/xwing"
)

// hexBytes reads the hexadecimal of test vectors.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

// TestScheduleRFC9180 is the key schedule of RFC 9180, appendices A.1.1 and A.2.1,
// whose KEM is another, but whose schedule is the same.
func TestScheduleRFC9180(t *testing.T) {
	const info = "4f6465206f6e2061204772656369616e2055726e"
	for _, v := range []struct {
		aead                         AEAD
		shared, key, nonce, exporter string
	}{
		{AES128GCM, "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc",
			"4531685d41d65f03dc48f6b8302c05b0", "56d890e5accaaf011cff4b7d",
			"45ff1c2e220db587171952c0592d5f5ebe103f1561a2614e38f2ffd47e99e3f8"},
		{ChaCha20Poly1305, "0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7",
			"ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91", "5c4d98150661b848853b547f",
			"a3b010d4994890e2c6968a36f64470d3c824c8f5029942feb11e7a74b2921922"},
	} {
		got, err := newSuite(0x0020, kdfID, v.aead).schedule(unhex(t, v.shared), unhex(t, info), v.aead.keySize())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "key", got.key, unhex(t, v.key))
		equal(t, "base_nonce", got.nonce, unhex(t, v.nonce))
		equal(t, "exporter_secret", got.exporter, unhex(t, v.exporter))
	}
}

// TestHybridVector is the vector of draft-ietf-hpke-pq for MLKEM768-X25519,
// HKDF-SHA256 and ChaCha20Poly1305.
func TestHybridVector(t *testing.T) {
	file, err := os.ReadFile("testdata/hpke-pq.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Info, IkmE, IkmR, SkRm, PkRm, Enc, Key hexBytes
		SharedSecret                           hexBytes `json:"shared_secret"`
		BaseNonce                              hexBytes `json:"base_nonce"`
		ExporterSecret                         hexBytes `json:"exporter_secret"`
		Exports                                []struct {
			Context  hexBytes `json:"exporter_context"`
			L        int
			Exported hexBytes `json:"exported_value"`
		}
	}
	if err := json.Unmarshal(file, &v); err != nil {
		t.Fatal(err)
	}
	equal(t, "private key", DeriveSeed(v.IkmR), v.SkRm)
	private, err := New(v.SkRm)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "public key", private.Public(), v.PkRm)
	public, err := Parse(v.PkRm)
	if err != nil {
		t.Fatal(err)
	}
	enc, sent, err := public.send(ChaCha20Poly1305, v.Info, v.IkmE)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "enc", enc, v.Enc)
	shared := make([]byte, xwing.SharedKeySize)
	private.key.DecapsulateTo(shared, v.Enc)
	equal(t, "shared secret", shared, v.SharedSecret)
	received, err := private.receive(ChaCha20Poly1305, v.Info, v.Enc)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []keys{sent, received} {
		equal(t, "key", k.key, v.Key)
		equal(t, "base nonce", k.nonce, v.BaseNonce)
		equal(t, "exporter secret", k.exporter, v.ExporterSecret)
		for _, e := range v.Exports {
			got, err := newSuite(kemID, kdfID, ChaCha20Poly1305).expand(k.exporter, "sec", e.Context, e.L)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "export", got, e.Exported)
		}
	}
	if len(v.Exports) == 0 {
		t.Error("the vector has no exports")
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func equal(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s %x, want %x", what, got, want)
	}
}
