package push

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestWorkedExample: the token in spec/push.md is of the key, origin and time that
// the page says, and signed; and so is one that is made here.
func TestWorkedExample(t *testing.T) {
	page, err := os.ReadFile("../../../spec/push.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`t=(\S+),\n\s+k=(\S+)`).FindSubmatch(page)
	if shown == nil {
		t.Fatal("the page has no token")
	}
	scalar := make([]byte, 32)
	for i := range scalar {
		scalar[i] = byte(i + 1)
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		t.Fatal(err)
	}
	public, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	made, err := (&key{private, public}).authorization("https://push.example", "https://chat.example", time.Unix(1_800_000_000, 0).Add(-tokenLife))
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{fmt.Sprintf("vapid t=%s, k=%s", shown[1], shown[2]), made} {
		token, k, _ := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
		if k != base64.RawURLEncoding.EncodeToString(public) {
			t.Error("it has another key")
		}
		i := strings.LastIndexByte(token, '.')
		body, err := base64.RawURLEncoding.DecodeString(token[strings.IndexByte(token, '.')+1 : i])
		if err != nil || string(body) != `{"aud":"https://push.example","exp":1800000000,"sub":"https://chat.example"}` {
			t.Errorf("it claims %s, %v", body, err)
		}
		hash := sha256.Sum256([]byte(token[:i]))
		s, err := base64.RawURLEncoding.DecodeString(token[i+1:])
		if err != nil || len(s) != 64 || !ecdsa.Verify(&private.PublicKey, hash[:], new(big.Int).SetBytes(s[:32]), new(big.Int).SetBytes(s[32:])) {
			t.Errorf("its signature is wrong: %v", err)
		}
	}
}

func TestKeyIsRedacted(t *testing.T) {
	k := &key{public: []byte("public")}
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%#v", k), fmt.Sprintf("%+v", k)} {
		if text != "push.key(redacted)" {
			t.Errorf("printed as %s", text)
		}
	}
}
