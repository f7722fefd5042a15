package account

import (
	"crypto/subtle"
	"strings"

	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	cloudFirstLine = "coffer cloud half 1\n"
	cloudSuffix    = ".half"
	// MaxCloudFile is the greatest length of a cloud key's file in bytes.
	MaxCloudFile = len(cloudFirstLine) + cloudFileBytes*8/5 + 1
	// cloudFileBytes is the keyholder's id, the half, and the check value.
	cloudFileBytes = 16 + CloudHalfSize + 32
)

// CloudFilePrefix is how the names of all files of an account begin. It tells
// neither handle nor server.
func CloudFilePrefix(id ID) string {
	h := HashWithLabel("cloud file name", id[:])
	return "coffer-" + idText.EncodeToString(h[:10]) + "-"
}

// CloudFileName is the name of the file that holds a keyholder's half, so that
// several accounts, and an old and a new half, have room in one folder.
func CloudFileName(id ID, keyholder KeyholderID) string {
	return CloudFilePrefix(id) + keyholder.String() + cloudSuffix
}

// CloudFile is the content of the file: two lines of text. The check value binds
// the half to the account and the keyholder, and shows damage.
func (h *CloudHalf) CloudFile(id ID, keyholder KeyholderID) []byte {
	b := append([]byte(nil), keyholder[:]...)
	b = append(b, h.b[:]...)
	b = append(b, h.check(id, keyholder)...)
	defer clear(b)
	return []byte(cloudFirstLine + idText.EncodeToString(b) + "\n")
}

func (h *CloudHalf) check(id ID, keyholder KeyholderID) []byte {
	return ExpandWithLabel(h.b[:], "cloud half check", append(id[:], keyholder[:]...), 32)
}

// ParseCloudFile reads an account's file exactly as CloudFile makes it. The
// errors: ErrVersion; ErrCloudHalf, if it is damaged, incomplete, of another
// account or something else.
func ParseCloudFile(data []byte, id ID) (*CloudHalf, KeyholderID, error) {
	var keyholder KeyholderID
	if len(data) > MaxCloudFile {
		return nil, keyholder, ErrCloudHalf
	}
	text, ok := strings.CutPrefix(string(data), cloudFirstLine)
	if !ok {
		if strings.HasPrefix(string(data), "coffer cloud half ") {
			return nil, keyholder, ErrVersion
		}
		return nil, keyholder, ErrCloudHalf
	}
	line, ok := strings.CutSuffix(text, "\n")
	if !ok {
		return nil, keyholder, ErrCloudHalf
	}
	var b [cloudFileBytes]byte
	if parseText(b[:], line) != nil {
		return nil, keyholder, ErrCloudHalf
	}
	defer clear(b[:])
	h := &CloudHalf{}
	r := syntax.NewReader(b[:])
	r.Copy(keyholder[:])
	r.Copy(h.b[:])
	check := r.Fixed(32)
	if r.Done() != nil || subtle.ConstantTimeCompare(check, h.check(id, keyholder)) != 1 {
		h.Erase()
		return nil, KeyholderID{}, ErrCloudHalf
	}
	return h, keyholder, nil
}
