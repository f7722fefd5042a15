package account

import (
	"errors"
	"strings"
)

// Handle is a person's name at a host, as in im:alice@host: 1 to 32 of a-z,
// 0-9, dot, underscore and hyphen, the first a letter or digit.
type Handle string

// Host is the name of a server with an optional port, as it stands in a URL:
// lower-case, at most 255 bytes.
type Host string

// What can be wrong with a name.
var (
	ErrHandle = errors.New("account: malformed handle")
	ErrHost   = errors.New("account: malformed host")
)

const (
	// MaxHandle is the length limit of a handle in bytes.
	MaxHandle = 32
	// MaxHost is the length limit of a host with its port in bytes.
	MaxHost = 255
)

// ParseHandle checks s. It changes nothing: who reads what a person typed
// normalises (NFKC) and lower-cases it first.
func ParseHandle(s string) (Handle, error) {
	if len(s) == 0 || len(s) > MaxHandle || !isAlphanumeric(s[0]) {
		return "", ErrHandle
	}
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && c != '.' && c != '_' && c != '-' {
			return "", ErrHandle
		}
	}
	return Handle(s), nil
}

// ParseHost checks s: a domain name, an IPv4 address or an IPv6 address in
// brackets, followed or not by a colon and a port without leading zeros.
func ParseHost(s string) (Host, error) {
	if len(s) > MaxHost {
		return "", ErrHost
	}
	name, port, hasPort := s, "", false
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 3 || !only(s[1:end], "0123456789abcdef:.") {
			return "", ErrHost
		}
		name = ""
		if rest := s[end+1:]; rest != "" {
			if rest[0] != ':' {
				return "", ErrHost
			}
			port, hasPort = rest[1:], true
		}
	} else {
		name, port, hasPort = strings.Cut(s, ":")
		for label := range strings.SplitSeq(name, ".") {
			if !validLabel(label) {
				return "", ErrHost
			}
		}
	}
	if hasPort && !validPort(port) {
		return "", ErrHost
	}
	return Host(s), nil
}

func validLabel(s string) bool {
	return len(s) >= 1 && len(s) <= 63 && isAlphanumeric(s[0]) && isAlphanumeric(s[len(s)-1]) &&
		only(s, "abcdefghijklmnopqrstuvwxyz0123456789-")
}

func validPort(s string) bool {
	if len(s) == 0 || len(s) > 5 || s[0] == '0' {
		return false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n <= 65535
}

func only(s, alphabet string) bool {
	for i := range len(s) {
		if strings.IndexByte(alphabet, s[i]) < 0 {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
