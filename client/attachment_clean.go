package client

import (
	"errors"
	"io"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/metadata"
)

// ErrMetadata is the error of a picture of a kind that its place and time cannot be
// left out of, ErrDamagedMetadata that of a damaged one: they are sent only with
// [File.KeepMetadata].
var (
	ErrMetadata error = &fault.Error{
		Kind: fault.KindUsage,
		Message: "pictures of this kind say where and when they were taken, and that cannot be left out of them here; " +
			"send it as JPEG, PNG or WebP, or as it is with --keep-metadata",
	}
	ErrDamagedMetadata error = &fault.Error{
		Kind: fault.KindUsage,
		Message: "this picture or video is damaged, so what it says of place and time cannot be left out; " +
			"send it as it is with --keep-metadata",
	}
)

// cleaned is a file as it is sent: how to read it from the start, and its size.
// Unless it is to keep them, what a picture or video says of place, time, device
// and people is left out.
func cleaned(f *File) (open func() io.Reader, size int64, err error) {
	if f.KeepMetadata {
		return func() io.Reader { return io.NewSectionReader(f.Content, 0, f.Size) }, f.Size, nil
	}
	plan, err := metadata.Clean(readerAt{f.Content}, f.Size)
	switch {
	case errors.Is(err, metadata.ErrUnknownLayout):
		return nil, 0, ErrMetadata
	case errors.Is(err, metadata.ErrMalformed):
		return nil, 0, ErrDamagedMetadata
	case err != nil:
		return nil, 0, fault.Failed(err, "the file cannot be read")
	}
	return func() io.Reader { return plan.Reader(readerAt{f.Content}) }, plan.Size(), nil
}

// readerAt makes an io.ReaderAt of a FileReader.
type readerAt struct{ FileReader }
