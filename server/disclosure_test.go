package server_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/disclose"
)

// TestDisclose: an account learns what the operator can print about it, nobody else
// does, and not as often as it likes.
func TestDisclose(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.RealmsInside = []string{"realms/1"} })
	alice, bob := w.register("alice"), w.register("bob")
	as := func(token string) cofferv1connect.DisclosureServiceClient {
		return cofferv1connect.NewDisclosureServiceClient(&http.Client{Transport: bearer{token, w.http.Transport}}, w.url)
	}
	ask := func(token string) error { return try(w, as(token).Disclose, &cofferv1.DiscloseRequest{}) }
	w.refused(ask(""), noSession)
	w.refused(ask("nonsense"), noSession)

	var got disclose.Disclosure
	w.ok(json.Unmarshal(call(w, as(alice.first.token).Disclose, &cofferv1.DiscloseRequest{}).GetDisclosure(), &got))
	want, err := disclose.Of(t.Context(), w.store, "alice", w.clock.Now(), disclose.Place{RealmsInside: []string{"realms/1"}})
	w.ok(err)
	a, err := json.Marshal(got)
	w.ok(err)
	b, err := json.Marshal(want)
	w.ok(err)
	if string(a) != string(b) {
		t.Errorf("alice is told\n%s\nthe operator\n%s", a, b)
	}
	if got.Account != alice.id().String() || got.Account == bob.id().String() || got.Realms.Count != 1 {
		t.Errorf("it is about %s, with %d realms", got.Account, got.Realms.Count)
	}
	for range 4 {
		w.ok(ask(alice.first.token))
	}
	w.refused(ask(alice.first.token), rateLimited)
	w.ok(ask(bob.first.token))
	w.clock.Add(time.Minute)
	w.ok(ask(alice.first.token))
}
