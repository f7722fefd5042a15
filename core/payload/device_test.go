package payload

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func TestDevicePayloads(t *testing.T) {
	name := &DeviceName{Name: "Küche"}
	name.Device[0] = 9
	if got, err := ParseDeviceName(name.Bytes()); err != nil || *got != *name {
		t.Errorf("%+v, %v", got, err)
	}
	spec := &DeviceName{Device: [16]byte(bytes.Repeat([]byte{0x33}, 16)), Name: "Küche"}
	if got := hex.EncodeToString(spec.Bytes()); got != strings.Repeat("33", 16)+"064bc3bc636865" {
		t.Errorf("the page's example is %s", got)
	}
	seen := &DeviceSeen{Platform: "linux"}
	if got := hex.EncodeToString(seen.Bytes()); got != "056c696e7578" {
		t.Errorf("the page's example is %s", got)
	}
	if got, err := ParseDeviceSeen(seen.Bytes()); err != nil || *got != *seen {
		t.Errorf("%+v, %v", got, err)
	}
	long := make([]byte, 63)
	for _, b := range [][]byte{nil, name.Bytes()[:18], append(name.Bytes(), 0), (&DeviceName{Name: string(long)}).Bytes(), (&DeviceName{Name: "\xff"}).Bytes()} {
		if _, err := ParseDeviceName(b); err == nil {
			t.Errorf("%x is a name", b)
		}
	}
	for _, b := range [][]byte{nil, append(seen.Bytes(), 0), (&DeviceSeen{string(long)}).Bytes(), (&DeviceSeen{"\xff"}).Bytes()} {
		if _, err := ParseDeviceSeen(b); err == nil {
			t.Errorf("%x is a platform", b)
		}
	}
}
