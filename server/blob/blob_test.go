package blob

import (
	"strings"
	"testing"
)

func TestParseID(t *testing.T) {
	good := strings.Repeat("0f", 32)
	if id, ok := ParseID(good); !ok || id.String() != good {
		t.Error("a good id was refused")
	}
	for _, bad := range []string{"", "0f", strings.Repeat("0F", 32), strings.Repeat("0f", 33), strings.Repeat("0g", 32), "../" + good} {
		if _, ok := ParseID(bad); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
}
