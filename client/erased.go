package client

import (
	"encoding/base64"
	"strings"

	"github.com/coffer-chat/coffer/core/account"
)

var erasedWords = [...]string{
	account.ErasedPrivateLog: "entries of your private log", account.ErasedSealedRoots: "sealed vault roots",
	account.ErasedDeposits: "deposits, which open what you could restore", account.ErasedMessages: "messages that nobody else keeps",
	account.ErasedKeyPackages: "key packages", account.ErasedSessions: "sessions and sign-ins", account.ErasedPassword: "password",
	account.ErasedRecovery: "records of PINs and cloud keys", account.ErasedConversations: "conversations on your list",
	account.ErasedReports: "reports that you filed",
	account.KeptMessages:  "messages of yours that others keep", account.KeptChain: "entries of the account chain: public keys",
}

// ErasedWords says what a line of a receipt counts; "" for what this version does
// not know.
func ErasedWords(kind account.ErasedKind) string {
	if int(kind) < len(erasedWords) {
		return erasedWords[kind]
	}
	return ""
}

// The lines around a receipt in a file (spec/closing.md).
const (
	ReceiptBegin = "-----BEGIN COFFER ERASURE RECEIPT-----"
	ReceiptEnd   = "-----END COFFER ERASURE RECEIPT-----"
	receiptWidth = 64
)

// ReceiptText is a receipt as it stands in a file.
func ReceiptText(raw []byte) string {
	text := base64.StdEncoding.EncodeToString(raw)
	lines := []string{ReceiptBegin}
	for ; len(text) > receiptWidth; text = text[receiptWidth:] {
		lines = append(lines, text[:receiptWidth])
	}
	return strings.Join(append(lines, text, ReceiptEnd, ""), "\n")
}
