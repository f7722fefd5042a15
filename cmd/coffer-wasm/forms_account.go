package main

import (
	"encoding/hex"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/account"
)

func guessLogJSON(log []client.Guess, missing []string) string {
	return newObject("guesses").raw("log", list(log, func(g client.Guess) string {
		return newObject("guess").text("realm", g.Realm).number("seq", int64(g.Seq)).time("time", g.Time).text("event", g.Event).
			number("inARow", int64(g.InARow)).number("failures", int64(g.Failures)).end()
	})).raw("missing", list(missing, quoted)).end()
}

func switchedJSON(s client.VaultSwitched) string {
	return newObject("switched").flag("on", s.On).number("conversations", int64(s.Conversations)).number("pending", int64(s.Pending)).end()
}

// closedJSON is a receipt: what it says in lines, and its text for a file.
func closedJSON(c client.ClosedAccount) string {
	return newObject("closed").text("handle", string(c.Receipt.Handle)).text("host", string(c.Receipt.Host)).
		time("time", c.Receipt.ErasedTime()).text("serverKey", hex.EncodeToString(c.Receipt.Key[:])).
		raw("lines", list(c.Receipt.Lines, func(x account.Erased) string {
			return (&object{b: []byte{'{'}}).flag("kept", x.Kind.Kept()).number("count", int64(x.Count)).text("what", client.ErasedWords(x.Kind)).end()
		})).
		text("receipt", client.ReceiptText(c.Raw)).raw("leftOver", list(c.LeftOver, quoted)).end()
}
