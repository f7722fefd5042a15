package payload

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// maxPlace bounds a place's text in bytes.
const maxPlace = 4096

// CloudPlace says where the file of a cloud key is, so that every device can
// find and delete it.
type CloudPlace struct {
	Keyholder account.KeyholderID
	Place     string
}

// Bytes returns a payload's body.
func (p *CloudPlace) Bytes() []byte {
	return syntax.AppendString(append([]byte(nil), p.Keyholder[:]...), p.Place)
}

// ParseCloudPlace reads a payload's body.
func ParseCloudPlace(b []byte) (*CloudPlace, error) {
	r := syntax.NewReader(b)
	p := new(CloudPlace)
	r.Copy(p.Keyholder[:])
	p.Place = r.String()
	if len(p.Place) > maxPlace {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, r.Done()
}
