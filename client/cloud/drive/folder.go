package drive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/coffer-chat/coffer/client/cloud"
)

// folder is a folder of this machine. It is never made: one that is missing may
// be a drive that is not mounted.
type folder string

func (f folder) List(context.Context) ([]string, error) {
	list, err := os.ReadDir(string(f))
	if err != nil {
		return nil, missing(err)
	}
	var names []string
	for _, e := range list {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func (f folder) Read(_ context.Context, name string) ([]byte, error) {
	if err := plain(name); err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(string(f), name))
	if err != nil {
		return nil, missing(err)
	}
	defer file.Close()
	return readAll(file)
}

func readAll(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, cloud.MaxFile+1))
	if err == nil && len(b) > cloud.MaxFile {
		err = cloud.ErrTooLarge
	}
	return b, err
}

// Write writes beside the file's place first, to disk, and then gives it its
// name.
func (f folder) Write(_ context.Context, name string, content []byte) (err error) {
	if err := plain(name); err != nil {
		return err
	}
	if _, err := os.Stat(string(f)); err != nil {
		return missing(err)
	}
	file, err := os.CreateTemp(string(f), ".coffer-*")
	if err != nil {
		return fmt.Errorf("cloud: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name()) // it may have its name already
		}
	}()
	_, err = file.Write(content) // the mode is 0600
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("cloud: %w", err)
	}
	if err := os.Rename(file.Name(), filepath.Join(string(f), name)); err != nil {
		return fmt.Errorf("cloud: %w", err)
	}
	return f.sync()
}

// sync makes names durable, where the system can.
func (f folder) sync() error {
	d, err := os.Open(string(f))
	if err != nil {
		return fmt.Errorf("cloud: %w", err)
	}
	_ = d.Sync() // not every file system has it
	return d.Close()
}

func (f folder) Delete(_ context.Context, name string) error {
	if err := plain(name); err != nil {
		return err
	}
	if _, err := os.Stat(string(f)); err != nil {
		return missing(err)
	}
	err := os.Remove(filepath.Join(string(f), name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, f.sync())
}

func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return cloud.ErrMissing
	}
	return fmt.Errorf("cloud: %w", err)
}
