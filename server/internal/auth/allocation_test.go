package auth

import (
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

func TestAllocations(t *testing.T) {
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzParseToken": {Decode: func(b []byte) { parseToken(string(b)) }, Good: [][]byte{[]byte(NewToken(account.ID{1}).Text())}},
	})
}
