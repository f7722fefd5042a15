// Package drive keeps files in a folder, such as one that a cloud's program keeps
// in step, or in a remote of the user's own rclone program (iCloud Drive, Google
// Drive, Dropbox, WebDAV, S3 and others). Start with Open. Nothing secret is ever
// an argument or in the environment.
package drive

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client/cloud"
)

const rclonePrefix = "rclone:"

// Canonical returns the one spelling of a place: a folder's absolute path, or
// rclone:REMOTE:PATH without a slash at the end. It fails with cloud.ErrPlace.
func Canonical(place string) (string, error) {
	rest, ok := strings.CutPrefix(place, rclonePrefix)
	if !ok {
		if place == "" || strings.ContainsRune(place, 0) {
			return "", cloud.ErrPlace
		}
		return filepath.Abs(place)
	}
	remote, path, ok := strings.Cut(rest, ":")
	// A remote made up on the spot may hold a password, which would be an argument.
	if !ok || remote == "" || strings.HasPrefix(remote, "-") || strings.ContainsAny(remote, ",=/\\\"'\x00") || strings.ContainsRune(path, 0) {
		return "", cloud.ErrPlace
	}
	if len(path) > 1 {
		path = strings.TrimRight(path, "/")
	}
	return rclonePrefix + remote + ":" + path, nil
}

// Open returns the place that a text names, and its canonical spelling. limit
// bounds each run of rclone. It reaches nothing yet.
func Open(place string, limit time.Duration) (cloud.Place, string, error) {
	canonical, err := Canonical(place)
	if err != nil {
		return nil, "", err
	}
	if remote, ok := strings.CutPrefix(canonical, rclonePrefix); ok {
		return &rclone{remote: remote, limit: limit}, canonical, nil
	}
	return folder(canonical), canonical, nil
}

// plain refuses a name that could lead elsewhere.
func plain(name string) error {
	if name == "" || name[0] == '.' || name[0] == '-' || strings.ContainsAny(name, "/\\\x00\n") {
		return cloud.ErrPlace
	}
	return nil
}
