package realm_test

import (
	"testing"

	"github.com/coffer-chat/coffer/realm"
	"github.com/coffer-chat/coffer/realm/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) realm.Store { return realm.NewMemory() })
}
