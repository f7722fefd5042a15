package linking

import (
	"errors"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// MaxBox is the size limit of a box in bytes.
const MaxBox = 16 << 10

const boxVersion = 1

// boxKind says what a box holds. A number's meaning never changes.
type boxKind uint8

const (
	boxShare   boxKind = 1 // the showing device's public share for a run
	boxReply   boxKind = 2 // the other's share and proof
	boxConfirm boxKind = 3 // the showing device's proof
	boxWrong   boxKind = 4 // the reply proved a wrong code
	boxOver    boxKind = 5 // the code is void
	boxSealed  boxKind = 6 // a message of the channel
)

var errBox = errors.New("linking: malformed box")

// box is what lies in a mailbox. linkRun is the run of a link, which has one only.
type box struct {
	kind boxKind
	run  uint8
	body []byte
}

const linkRun = 0

func (x box) bytes() []byte {
	b := syntax.AppendUint16(nil, boxVersion)
	b = append(b, byte(x.kind), x.run)
	return append(b, x.body...)
}

func parseBox(data []byte) (box, error) {
	if len(data) > MaxBox {
		return box{}, errBox
	}
	r := syntax.NewReader(data)
	v := r.Uint16()
	x := box{kind: boxKind(r.Uint8()), run: r.Uint8()}
	if r.Err() != nil || v != boxVersion {
		return box{}, errBox
	}
	x.body = r.Rest()
	size := map[boxKind]int{boxShare: shareSize, boxReply: shareSize + tagSize, boxConfirm: tagSize, boxWrong: 1}
	if n, fixed := size[x.kind]; fixed && len(x.body) != n || x.kind == 0 || x.kind > boxSealed {
		return box{}, errBox
	}
	return x, nil
}
