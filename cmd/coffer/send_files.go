package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"

	"github.com/coffer-chat/coffer/client"
)

// maxInputFile bounds a file that comes from standard input, which is held in
// memory: the size that servers take unless told otherwise.
const maxInputFile = 100 << 20

// files are the open files of a message.
type files struct {
	list []client.File
	open []io.Closer
}

// openFiles opens the files to attach; "-" is standard input.
func (a *app) openFiles(paths []string) (*files, error) {
	fs := &files{}
	for _, p := range paths {
		f, err := a.openFile(fs, p)
		if err != nil {
			fs.close()
			return nil, err
		}
		fs.list = append(fs.list, f)
	}
	return fs, nil
}

func (a *app) openFile(fs *files, path string) (client.File, error) {
	if path == "-" {
		b, err := io.ReadAll(io.LimitReader(a.in, maxInputFile+1))
		if err != nil {
			return client.File{}, failf(err, "standard input cannot be read")
		}
		if len(b) > maxInputFile {
			return client.File{}, usagef("standard input is more than %s, too large to attach", size(maxInputFile))
		}
		return client.File{Name: "input", Size: int64(len(b)), Content: bytes.NewReader(b)}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return client.File{}, usagef("--file: %s", err)
	}
	fs.open = append(fs.open, f)
	info, err := f.Stat()
	if err != nil {
		return client.File{}, usagef("--file: %s", err)
	}
	if !info.Mode().IsRegular() {
		return client.File{}, usagef("--file: %s is no file", path)
	}
	return client.File{Name: filepath.Base(path), Size: info.Size(), Content: f}, nil
}

func (fs *files) close() {
	for _, c := range fs.open {
		c.Close()
	}
}
