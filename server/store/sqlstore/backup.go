package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Backup writes a copy of the database, as it is at one moment, to the file at
// path, which must not be there. The server may go on meanwhile.
func (s *DB) Backup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("sqlstore: %w", err)
	}
	defer f.Close()
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	c, err := newConn(ctx, s.db)
	if err != nil {
		return err
	}
	if _, err := c.exec(`VACUUM INTO $1`, path); err != nil {
		return errors.Join(err, c.close())
	}
	return errors.Join(f.Sync(), c.close())
}
