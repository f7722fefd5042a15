package convo

import (
	"errors"
	"strconv"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Who can make two histories can look for two with the same number. 40 digits ask
// for 2^66 tries of 5,200 hashes each, for one place, before the entry there is shown
// to anybody; the next place asks for as many again.
const (
	numberVersion = 1
	numberGroups  = 8
)

// ErrNoNumber is a text that holds no history number.
var ErrNoNumber = errors.New("convo: this is no history number")

// HistoryNumber returns the digits by which people compare a conversation's log up
// to a place: 40 in groups of five (spec/log.md). A log has one at each of its
// places, the same for all who have that log.
func HistoryNumber(id ID, at LogHead) string {
	content := append(syntax.AppendUint16(nil, numberVersion), id[:]...)
	seed := account.HashWithLabel("history number", appendLogHead(content, at))
	return account.DearDigits(seed[:], seed[:], numberGroups)
}

// HistoryText is a place and its number in one text, for others to compare.
func HistoryText(seq uint64, number string) string {
	return strconv.FormatUint(seq, 10) + ": " + number
}

// maxNumberText bounds what is searched for digits.
const maxNumberText = 1000

// ParseHistoryText reads a place and its number from what a person has typed or
// pasted: the last 40 digits are the number, those before them the place; what is
// no digit is passed over.
func ParseHistoryText(s string) (seq uint64, number string, err error) {
	if len(s) > maxNumberText {
		return 0, "", ErrNoNumber
	}
	var digits []byte
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			digits = append(digits, s[i])
		}
	}
	n := len(digits) - 5*numberGroups
	if n < 1 {
		return 0, "", ErrNoNumber
	}
	if seq, err = strconv.ParseUint(string(digits[:n]), 10, 63); err != nil || seq == 0 {
		return 0, "", ErrNoNumber
	}
	number = string(digits[n : n+5])
	for n += 5; n < len(digits); n += 5 {
		number += " " + string(digits[n:n+5])
	}
	return seq, number, nil
}
