package pinvault

import "strings"

// common lists PINs that head every published count of leaked ones and that no
// rule below covers.
var common = map[string]bool{
	"159753": true, "147258": true, "258456": true, "789456": true, "456789": true, "147852": true,
	"159357": true, "142536": true, "741852": true, "963852": true, "852456": true, "123654": true,
	"321654": true, "123698": true, "147896": true, "135790": true, "246810": true, "102030": true,
	"112358": true, "314159": true, "271828": true, "112211": true, "110110": true, "007007": true,
	"696969": true, "520520": true, "5201314": true, "1314520": true, "124578": true, "100200": true,
	"password": true, "passwort": true, "qwerty": true, "qwertz": true, "azerty": true, "qwertyuiop": true,
	"asdfgh": true, "asdfghjkl": true, "zxcvbn": true, "yxcvbn": true, "letmein": true, "iloveyou": true,
	"welcome": true, "monkey": true, "dragon": true, "master": true, "sunshine": true, "princess": true,
	"football": true, "secret": true, "coffer": true, "abc123": true, "123abc": true, "pass123": true,
	"qwerty123": true, "password1": true, "password123": true, "1q2w3e": true, "1q2w3e4r": true,
	"1qaz2wsx": true, "a1b2c3": true, "admin1": true, "changeme": true,
}

// trivial reports whether a PIN, in lower case, is too easy to guess.
func trivial(text string) bool {
	r := []rune(text)
	return common[text] || steps(r, 0) || steps(r, 1) || steps(r, -1) || pairs(r) || mirrored(r) || repeated(text) || date(text)
}

// steps reports whether each character follows the one before by step: 0 for
// 777777, 1 for 567890 and abcdef, -1 for 987654.
func steps(r []rune, step int) bool {
	for i := 1; i < len(r); i++ {
		next := r[i-1] + rune(step)
		switch {
		case step == 1 && r[i-1] == '9':
			next = '0'
		case step == -1 && r[i-1] == '0':
			next = '9'
		}
		if r[i] != next {
			return false
		}
	}
	return true
}

// pairs reports whether each character comes twice in a run: 112233, 998877.
func pairs(r []rune) bool {
	if len(r)%2 != 0 {
		return false
	}
	var singles []rune
	for i := 0; i < len(r); i += 2 {
		if r[i] != r[i+1] {
			return false
		}
		singles = append(singles, r[i])
	}
	return steps(singles, 1) || steps(singles, -1)
}

// mirrored reports whether the second half is a run that comes back: 123321.
func mirrored(r []rune) bool {
	half := r[:(len(r)+1)/2]
	if !steps(half, 1) && !steps(half, -1) {
		return false
	}
	for i := range half {
		if r[i] != r[len(r)-1-i] {
			return false
		}
	}
	return true
}

// repeated reports whether a part of up to three characters, or a half that is
// itself a run, is all there is: 121212, 123123, 12341234.
func repeated(text string) bool {
	for n := 1; n <= len(text)/2; n++ {
		if len(text)%n == 0 && strings.Repeat(text[:n], len(text)/n) == text {
			if n <= 3 || steps([]rune(text[:n]), 1) || steps([]rune(text[:n]), -1) {
				return true
			}
		}
	}
	return false
}

// date reports whether eight digits are a day of the years 1900 to 2099, year
// first or last. Six digits are not held against this: one in nine would fail.
func date(text string) bool {
	if len(text) != 8 || strings.Trim(text, "0123456789") != "" {
		return false
	}
	number := func(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }
	dayAndMonth := func(s string) bool {
		a, b := number(s[:2]), number(s[2:])
		return a >= 1 && b >= 1 && (a <= 12 && b <= 31 || a <= 31 && b <= 12)
	}
	century := func(s string) bool { return number(s) == 19 || number(s) == 20 }
	return century(text[:2]) && dayAndMonth(text[4:]) || century(text[4:6]) && dayAndMonth(text[:4])
}
