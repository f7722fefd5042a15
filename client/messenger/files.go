package messenger

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// mediaTypes of the files that exports hold. It is a table of ours because the
// system's differ from machine to machine.
var mediaTypes = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
	".heic": "image/heic", ".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".wav": "audio/wav", ".ogg": "audio/ogg",
	".opus": "audio/ogg", ".pdf": "application/pdf", ".txt": "text/plain", ".zip": "application/zip",
	".doc": "application/msword", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

// attachment resolves a uri of a message file.
func (e *Export) attachment(uri string) Attachment {
	a := Attachment{Name: cut(path.Base(strings.ReplaceAll(uri, `\`, "/")), 255)}
	a.MediaType = mediaTypes[strings.ToLower(path.Ext(a.Name))]
	if a.MediaType == "" {
		a.MediaType = "application/octet-stream"
	}
	if !fs.ValidPath(uri) || uri == "." || strings.ContainsAny(uri, "\\\x00") {
		a.Err = ErrUnsafePath
		return a
	}
	var name string
	var info fs.FileInfo
	var err error
	for _, name = range e.candidates(uri) {
		if info, err = e.regular(name); err == nil {
			break
		}
	}
	if err != nil {
		a.Err = ErrMissing
		if errors.Is(err, ErrUnsafePath) {
			a.Err = err
		}
		return a
	}
	a.Path, a.Size = name, info.Size()
	return a
}

// candidates returns where the file of a uri may be: below the export's folder,
// or, if the caller opened a part of it only, below its messages.
func (e *Export) candidates(uri string) []string {
	var out []string
	for _, root := range e.roots {
		out = append(out, path.Join(root, uri))
	}
	if _, rest, ok := strings.Cut(uri, "messages/"); ok {
		for _, dir := range e.messages {
			out = append(out, path.Join(dir, rest))
		}
	}
	return out
}

// regular returns the information on a file if neither it nor a folder above it
// is a link, which could lead out of the export.
func (e *Export) regular(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, ErrUnsafePath
	}
	if err := e.noLinks(path.Dir(name)); err != nil {
		return nil, err
	}
	info, err := fs.Lstat(e.fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrUnsafePath
	}
	return info, nil
}

func (e *Export) noLinks(dir string) error {
	if e.folders[dir] {
		return nil
	}
	if err := e.noLinks(path.Dir(dir)); err != nil {
		return err
	}
	info, err := fs.Lstat(e.fsys, dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return ErrUnsafePath
	}
	e.folders[dir] = true
	return nil
}

func (e *Export) openRegular(name string) (fs.File, error) {
	if _, err := e.regular(name); err != nil {
		return nil, err
	}
	return e.fsys.Open(name)
}

// OpenFile opens an attachment. The reader yields at most the attachment's size,
// and an error wrapping ErrFormat if the file is shorter, as a damaged zip file's
// may be. It must be closed.
func (e *Export) OpenFile(a Attachment) (io.ReadCloser, error) {
	if a.Err != nil {
		return nil, a.Err
	}
	f, err := e.openRegular(a.Path)
	if err != nil {
		return nil, fmt.Errorf("messenger: opening an attachment: %w", err)
	}
	return &exactReader{f, a.Size}, nil
}

// exactReader yields exactly as many bytes as were promised.
type exactReader struct {
	f    fs.File
	left int64
}

func (r *exactReader) Read(b []byte) (int, error) {
	if r.left == 0 {
		// A zip file's checksum is held against the content at its end only.
		n, err := r.f.Read(make([]byte, 1))
		switch {
		case n > 0:
			return 0, fmt.Errorf("%w: file is longer than its size", ErrFormat)
		case err == nil:
			return 0, io.ErrNoProgress
		}
		return 0, err
	}
	n, err := r.f.Read(b[:min(int64(len(b)), r.left)])
	r.left -= int64(n)
	if err == io.EOF {
		err = nil // the next call sees it again, if it is the end
		if r.left > 0 {
			err = fmt.Errorf("%w: file is shorter than its size", ErrFormat)
		}
	}
	return n, err
}

func (r *exactReader) Close() error { return r.f.Close() }
