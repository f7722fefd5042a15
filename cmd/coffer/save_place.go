package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/internal/plain"
)

// place is where saved files go: a folder, in which no other file is replaced,
// or one file's name.
type place struct {
	folder string
	file   string
}

// placeFor reads --out for a number of files.
func placeFor(out string, files int) (place, error) {
	if out == "" {
		return place{folder: "."}, nil
	}
	info, err := os.Stat(out)
	if err == nil && info.IsDir() {
		return place{folder: out}, nil
	}
	if strings.HasSuffix(out, "/") || strings.HasSuffix(out, string(filepath.Separator)) {
		return place{}, usagef("--out: there is no folder %s", out)
	}
	if files > 1 {
		return place{}, usagef("this message has %d attachments: give a folder as --out", files)
	}
	return place{file: out}, nil
}

// write writes a file whole or not at all: under another name first, so that
// what is cut short or does not verify never looks like the file. The other name
// is made of digest, so that a call that was cut short, even by a kill, is gone on
// from by the next one.
func (p place) write(name string, digest [sha256.Size]byte, content func(f client.PartialFile) error) (path string, err error) {
	folder := p.folder
	if p.file != "" {
		folder = filepath.Dir(p.file)
	}
	part := filepath.Join(folder, fmt.Sprintf(".coffer-%x.part", digest[:8]))
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", failf(err, "the file cannot be written")
	}
	if err := content(f); err != nil {
		err = errors.Join(err, f.Close())
		if !resumable(err) {
			err = errors.Join(err, os.Remove(part))
		}
		return "", err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return "", failf(err, "the file cannot be written")
	}
	if p.file != "" {
		if err := os.Rename(f.Name(), p.file); err != nil {
			return "", failf(err, "the file cannot be written")
		}
		return p.file, nil
	}
	return p.link(f.Name(), plain.FileName(name))
}

// resumable reports whether a later call can go on where this one ended.
func resumable(err error) bool {
	return fault.KindOf(err) == fault.KindUnreachable || errors.Is(err, context.Canceled)
}

// link gives a file its name in the folder, or "name (2)" and so on where that
// is taken.
func (p place) link(from, name string) (string, error) {
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	for n := 1; n < 1000; n++ {
		if n > 1 {
			name = fmt.Sprintf("%s (%d)%s", stem, n, ext)
		}
		path := filepath.Join(p.folder, name)
		// Taking the name fails where the file is there; renaming would not.
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			err = errors.Join(f.Close(), os.Rename(from, path))
		}
		if err != nil {
			return "", failf(err, "the file cannot be written")
		}
		return path, nil
	}
	return "", failf(nil, "there are too many files of this name; give another with --out")
}
