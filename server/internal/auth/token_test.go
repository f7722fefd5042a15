package auth

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
)

func TestToken(t *testing.T) {
	one, two := NewToken(account.ID{1}), NewToken(account.ID{1})
	if one.Text() == two.Text() || one.Hash() == two.Hash() {
		t.Error("two tokens are the same")
	}
	got, ok := parseToken(one.Text())
	if !ok || got != one {
		t.Error("a token does not read back")
	}
	if s := fmt.Sprintf("%v %s %#v", one, one, one); strings.Contains(s, one.Text()) || strings.Count(s, "redacted") != 3 {
		t.Errorf("prints as %s", s)
	}
	for _, bad := range []string{"", "x", one.Text()[1:], one.Text() + "A", one.Text() + "=", strings.Replace(one.Text(), one.Text()[:1], "+", 1)} {
		if _, ok := parseToken(bad); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(NewToken(account.ID{1}).Text())
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if token, ok := parseToken(text); ok {
			if again, ok := parseToken(token.Text()); !ok || again != token {
				t.Error("a token that was accepted does not read back")
			}
		}
	})
}
