package pinvault

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: what comes from a hostile realm, or from strangers to a realm,
// takes memory by its size only.
func TestAllocations(t *testing.T) {
	vectors := readVectors(t)
	responseTo = requestHash(vectors["request"])
	one := func(names ...string) syntaxtest.Decoder {
		d := syntaxtest.Decoder{Decode: func(b []byte) { _, _ = decoders[names[0]](b) }}
		for _, name := range names {
			d.Good = append(d.Good, vectors[name])
		}
		return d
	}
	text := func(good string, decode func(string)) syntaxtest.Decoder {
		return syntaxtest.Decoder{Decode: func(b []byte) { decode(string(b)) }, Good: [][]byte{[]byte(good)}}
	}
	answers := syntaxtest.Decoder{Decode: func(b []byte) {
		for s := range step(9) {
			_, _ = parseAnswer(b, s)
		}
	}, Good: [][]byte{{0, 10, 0, 0, 0, 0, 0, 0}, Refusal(KindTooSoon, 5)}, Factor: 9 * syntaxtest.Factor}
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzRealmSet":    one("realm set"),
		"FuzzStatement":   one("statement"),
		"FuzzToken":       one("token"),
		"FuzzRequest":     one("request"),
		"FuzzResponse":    one("response"),
		"FuzzSignedHeads": one("signed heads"),
		"FuzzLogEntry":    one("guess log entry"),
		"FuzzBody":        one("register body, realm 1"),
		"FuzzRecord":      one("record, realm 1", "record, locked"),
		"FuzzAnswer":      answers,
		"FuzzParseRealm":  text("https://realm.example/a#"+exampleKey, func(s string) { _, _ = ParseRealm(s) }),
		"FuzzCheckPIN":    text("483920", func(s string) { _, _ = CheckPIN(s) }),
	})
}
