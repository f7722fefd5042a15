package main

import (
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

func TestVaultError(t *testing.T) {
	for _, c := range []struct {
		checks  [][2]string
		kind    fault.Kind
		promise fault.Promise
	}{
		{[][2]string{{"chain", "ok"}, {"ways back", "ok"}}, "", ""},
		{[][2]string{{"chain", "ok"}, {"ways back", "broken"}, {"realms", "degraded"}}, "", ""},
		{[][2]string{{"chain", "broken"}}, fault.KindIntegrity, fault.PromiseProved},
		{[][2]string{{"realms", "unknown"}, {"deposits", "broken"}}, fault.KindIntegrity, fault.PromiseStored},
		{[][2]string{{"chain", "unknown"}, {"ways back", "broken"}}, fault.KindUnreachable, ""},
	} {
		var v client.Vault
		for _, x := range c.checks {
			v.Checks = append(v.Checks, client.Check{Name: x[0], State: x[1]})
		}
		err := vaultError(v)
		var e *fault.Error
		if errors.As(err, &e) != (c.kind != "") || e != nil && (e.Kind != c.kind || e.Promise != c.promise) {
			t.Errorf("%v: %v", c.checks, err)
		}
	}
}
