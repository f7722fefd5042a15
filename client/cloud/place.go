package cloud

import (
	"context"
	"errors"
)

// Place holds files. Names are plain: no slash, and they do not begin with a
// dot or a dash.
type Place interface {
	// List returns the names of the files there, in any order. ErrMissing, if the
	// place itself is not there.
	List(ctx context.Context) ([]string, error)
	// Read returns a file of at most MaxFile bytes, or ErrMissing, ErrTooLarge.
	Read(ctx context.Context, name string) ([]byte, error)
	// Write makes a file that appears whole or not at all.
	Write(ctx context.Context, name string, content []byte) error
	// Delete removes a file; one that is not there is no error.
	Delete(ctx context.Context, name string) error
}

// MaxFile is the greatest size of a file in bytes.
const MaxFile = 4096

// What a place answers.
var (
	// ErrMissing: there is no such file, or the place is not there.
	ErrMissing = errors.New("cloud: not there")
	// ErrPlace: the text names no place, or a name is not plain.
	ErrPlace = errors.New("cloud: a place is a folder, or rclone:REMOTE:PATH with a remote of rclone's configuration")
	// ErrTooLarge: the file is larger than MaxFile.
	ErrTooLarge = errors.New("cloud: the file is too large")
	// ErrNoProgram: a program is needed and not installed.
	ErrNoProgram = errors.New("cloud: rclone is not installed or not in PATH; see https://rclone.org/install")
	// ErrTimeout: it took too long.
	ErrTimeout = errors.New("cloud: rclone took too long")
)
