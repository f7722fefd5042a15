package pinvault

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const exampleKey = "aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq"

func TestRealmNames(t *testing.T) {
	want := PublicKey{}
	for i := range want {
		want[i] = byte(i)
	}
	for text, url := range map[string]string{
		"https://realm.example#" + exampleKey:              "https://realm.example",
		"https://realm.example/#" + exampleKey:             "https://realm.example",
		"http://127.0.0.1:8080/realm/1#" + exampleKey:      "http://127.0.0.1:8080/realm/1",
		"https://[::1]:9/a#" + strings.ToUpper(exampleKey): "https://[::1]:9/a",
	} {
		r, err := ParseRealm(text)
		if err != nil || r.URL != url || r.Key != want || r.String() != url+"#"+exampleKey {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
	for name, text := range map[string]string{
		"empty":        "",
		"no key":       "https://realm.example",
		"empty key":    "https://realm.example#",
		"short key":    "https://realm.example#" + exampleKey[1:],
		"long key":     "https://realm.example#" + exampleKey + "a",
		"bad letter":   "https://realm.example#1" + exampleKey[1:],
		"loose bits":   "https://realm.example#" + exampleKey[:51] + "r",
		"zero key":     "https://realm.example#" + strings.Repeat("a", 52),
		"no scheme":    "realm.example#" + exampleKey,
		"other scheme": "ftp://realm.example#" + exampleKey,
		"no host":      "https://#" + exampleKey,
		"only a port":  "https://:80#" + exampleKey,
		"user":         "https://me@realm.example#" + exampleKey,
		"query":        "https://realm.example/?a=b#" + exampleKey,
		"space":        "https://realm .example#" + exampleKey,
		"two keys":     "https://realm.example#" + exampleKey + "#" + exampleKey,
		"control":      "https://realm.example/\x01#" + exampleKey,
		"long":         "https://realm.example/" + strings.Repeat("a", MaxURL) + "#" + exampleKey,
		"not ASCII":    "https://réalm.example#" + exampleKey,
	} {
		if _, err := ParseRealm(text); !errors.Is(err, ErrRealmName) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRealmSets(t *testing.T) {
	good := newWorld(t, 3, 2).set
	back, err := ParseRealmSet(good.Append(nil))
	if err != nil || !slices.Equal(back.Realms, good.Realms) || back.Threshold != 2 || back.Stretch != good.Stretch {
		t.Errorf("back from its encoding: %+v, %v", back, err)
	}
	for name, c := range map[string]struct {
		change func(*RealmSet)
		want   error
	}{
		"none":           {func(s *RealmSet) { s.Realms = nil }, ErrRealmSet},
		"half is enough": {func(s *RealmSet) { s.Threshold = 1 }, ErrRealmSet},
		"more than all":  {func(s *RealmSet) { s.Threshold = 4 }, ErrRealmSet},
		"key twice":      {func(s *RealmSet) { s.Realms[1].Key = s.Realms[0].Key }, ErrRealmSet},
		"URL twice":      {func(s *RealmSet) { s.Realms[1].URL = s.Realms[0].URL }, ErrRealmSet},
		"no URL":         {func(s *RealmSet) { s.Realms[2].URL = "" }, ErrRealmName},
		"no key":         {func(s *RealmSet) { s.Realms[2].Key = PublicKey{} }, ErrRealmName},
		"weak stretch":   {func(s *RealmSet) { s.Stretch.Passes = 1 }, ErrStretch},
		"17":             {func(s *RealmSet) { *s = newWorld(t, 17, 9).set }, ErrRealmSet},
	} {
		s := good
		s.Realms = slices.Clone(good.Realms)
		c.change(&s)
		if err := s.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ParseRealmSet(s.Append(nil)); err == nil {
			t.Errorf("%s: read from an encoding", name)
		}
		if _, err := newExchange(s, Session{}, AccountID{}, RecoveryID{}, false); !errors.Is(err, c.want) {
			t.Errorf("%s: a flow began: %v", name, err)
		}
	}
}

// A server that knows neither password nor PIN cannot make a set of its own pass.
func TestFalseRealms(t *testing.T) {
	w := newWorld(t, 3, 2)
	key := MACKeyFromPassword([32]byte{1, 2, 3})
	tag := w.set.MAC(key, w.account, w.recovery)
	if err := w.set.VerifyMAC(key, w.account, w.recovery, tag[:]); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(s *RealmSet, k *MACKey, a *AccountID, r *RecoveryID, tag []byte){
		"URL":          func(s *RealmSet, _ *MACKey, _ *AccountID, _ *RecoveryID, _ []byte) { s.Realms[0].URL += "x" },
		"key":          func(s *RealmSet, _ *MACKey, _ *AccountID, _ *RecoveryID, _ []byte) { s.Realms[0].Key[0] ^= 1 },
		"order":        func(s *RealmSet, _ *MACKey, _ *AccountID, _ *RecoveryID, _ []byte) { slices.Reverse(s.Realms) },
		"fewer realms": func(s *RealmSet, _ *MACKey, _ *AccountID, _ *RecoveryID, _ []byte) { s.Realms = s.Realms[:2] },
		"threshold":    func(s *RealmSet, _ *MACKey, _ *AccountID, _ *RecoveryID, _ []byte) { s.Threshold = 3 },
		"stretch":      func(s *RealmSet, _ *MACKey, _ *AccountID, _ *RecoveryID, _ []byte) { s.Stretch.Memory *= 2 },
		"account":      func(_ *RealmSet, _ *MACKey, a *AccountID, _ *RecoveryID, _ []byte) { a[0] ^= 1 },
		"recovery":     func(_ *RealmSet, _ *MACKey, _ *AccountID, r *RecoveryID, _ []byte) { r[0] ^= 1 },
		"tag":          func(_ *RealmSet, _ *MACKey, _ *AccountID, _ *RecoveryID, tag []byte) { tag[31] ^= 1 },
		"password": func(_ *RealmSet, k *MACKey, _ *AccountID, _ *RecoveryID, _ []byte) {
			*k = MACKeyFromPassword([32]byte{9})
		},
	} {
		s, k, a, r, mine := w.set, key, w.account, w.recovery, slices.Clone(tag[:])
		s.Realms = slices.Clone(s.Realms)
		change(&s, &k, &a, &r, mine)
		if err := s.VerifyMAC(k, a, r, mine); !errors.Is(err, ErrRealmSetMAC) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if err := w.set.VerifyMAC(key, w.account, w.recovery, nil); !errors.Is(err, ErrRealmSetMAC) {
		t.Errorf("no tag: %v", err)
	}
}
