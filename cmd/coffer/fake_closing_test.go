package main

import (
	"context"
	"crypto/ed25519"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/account"
)

func receipt() *account.Receipt {
	r := &account.Receipt{
		Host: "chat.example.org", Handle: "alice", Account: person("alice"), Time: uint64(noon.UnixMilli()),
		Head: account.Head{Seq: 9, Hash: account.Hash{1, 2}},
		Lines: []account.Erased{
			{Kind: account.ErasedPrivateLog, Count: 1234}, {Kind: account.ErasedDeposits, Count: 77}, {Kind: account.ErasedPassword},
			{Kind: account.KeptMessages, Count: 20}, {Kind: account.KeptChain, Count: 9},
		},
	}
	account.SignReceipt(r, ed25519.NewKeyFromSeed(make([]byte, 32)))
	return r
}

func (f *fake) CloseAccount(context.Context) (client.ClosedAccount, error) {
	r := receipt()
	return client.ClosedAccount{Receipt: r, Raw: r.Marshal()}, nil
}
