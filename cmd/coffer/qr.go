package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"strings"

	"rsc.io/qr"
)

// qrQuiet is the white margin that a QR code needs, in modules.
const qrQuiet = 2

// qrText draws a QR code with half blocks, two rows of it in one line of text. A
// white module is a full block: on a terminal with light text on dark it looks as
// it should, and readers take the other way round as well.
func qrText(text string) (string, error) {
	c, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", failf(err, "the QR code cannot be drawn")
	}
	var b strings.Builder
	for y := -qrQuiet; y < c.Size+qrQuiet; y += 2 {
		for x := -qrQuiet; x < c.Size+qrQuiet; x++ {
			switch top, bottom := !c.Black(x, y), !c.Black(x, y+1); {
			case top && bottom:
				b.WriteRune('█')
			case top:
				b.WriteRune('▀')
			case bottom:
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// qrFile is a PNG that only its owner may read, made before there is something to
// write.
type qrFile struct {
	path string
	flag string // that names it; "" is qr-out
}

// usage is an error of the flag.
func (q qrFile) usage(text string) error {
	return usagef("--%s: %s", cmp.Or(q.flag, "qr-out"), text)
}

func (q qrFile) check() error {
	if q.path == "" {
		return nil
	}
	if _, err := os.Lstat(q.path); !errors.Is(err, fs.ErrNotExist) {
		return q.usage(q.path + " exists and is not replaced")
	}
	return nil
}

func (q qrFile) write(text string) error {
	if q.path == "" {
		return nil
	}
	c, err := qr.Encode(text, qr.L)
	if err != nil {
		return failf(err, "the QR code cannot be drawn")
	}
	f, err := os.OpenFile(q.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return q.usage(err.Error())
	}
	_, err = f.Write(c.PNG())
	if err = errors.Join(err, f.Close()); err != nil {
		return failf(err, "the QR code could not be written")
	}
	return nil
}
