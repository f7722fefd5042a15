package pinvault

import (
	"bytes"
	"testing"
)

func fuzzDecoder(f *testing.F, name string) {
	f.Add(readVectors(f)[name])
	f.Add([]byte{})
	f.Add([]byte{1, 0x80, 0xff, 0xff, 0xff})
	responseTo = requestHash(readVectors(f)["request"])
	f.Fuzz(func(t *testing.T, data []byte) {
		if back, err := decoders[name](data); err == nil && !bytes.Equal(back, data) {
			t.Errorf("%x comes back as %x", data, back)
		}
	})
}

func FuzzRealmSet(f *testing.F)    { fuzzDecoder(f, "realm set") }
func FuzzStatement(f *testing.F)   { fuzzDecoder(f, "statement") }
func FuzzToken(f *testing.F)       { fuzzDecoder(f, "token") }
func FuzzRequest(f *testing.F)     { fuzzDecoder(f, "request") }
func FuzzResponse(f *testing.F)    { fuzzDecoder(f, "response") }
func FuzzSignedHeads(f *testing.F) { fuzzDecoder(f, "signed heads") }
func FuzzLogEntry(f *testing.F)    { fuzzDecoder(f, "guess log entry") }

func FuzzBody(f *testing.F) {
	for s := range byte(10) {
		f.Add(append([]byte{s}, make([]byte, 48)...))
	}
	fuzzDecoder(f, "register body, realm 1")
}

// FuzzAnswer reads what a lying realm may sign.
func FuzzAnswer(f *testing.F) {
	for s := range byte(9) {
		f.Add(s, []byte{0, 10, 0, 0, 0, 0, 0, 0})
		f.Add(s, Refusal(KindTooSoon, 5))
	}
	f.Fuzz(func(t *testing.T, s byte, data []byte) {
		if a, err := parseAnswer(data, step(s)); err == nil && a.wait <= maxWait {
			if back := a.encode(step(s)); len(back) > len(data) {
				t.Errorf("%x comes back as %x", data, back)
			}
		}
	})
}

func FuzzRecord(f *testing.F) {
	f.Add(readVectors(f)["record, locked"])
	fuzzDecoder(f, "record, realm 1")
}

func FuzzParseRealm(f *testing.F) {
	f.Add("https://realm.example/a#" + exampleKey)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRealm(text)
		if err != nil {
			return
		}
		if again, err := ParseRealm(r.String()); err != nil || again != r {
			t.Errorf("%q comes back as %v, %v", text, again, err)
		}
	})
}

func FuzzCheckPIN(f *testing.F) {
	f.Add("483920")
	f.Add("日本語日記帳")
	f.Add("\xff\xfe123456")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := CheckPIN(text); err == nil {
			if _, err := ParsePIN(p.text); err != nil {
				t.Errorf("%q may be set and not be tried: %v", text, err)
			}
		}
	})
}
