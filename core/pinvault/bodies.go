package pinvault

import (
	"github.com/coffer-chat/coffer/core/pinvault/voprf"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// step is the first byte of a request's body.
type step uint8

const (
	stepRegister     step = 1
	stepStatus       step = 2 // first round of a recovery
	stepEvaluate     step = 3 // second round: costs a guess
	stepOpen         step = 4 // third round: proves the PIN
	stepDelete       step = 5
	stepWriteWitness step = 6
	stepReadWitness  step = 7
	stepReadLog      step = 8
)

// actionOf says which action's token a step needs.
func actionOf(s step) Action {
	switch s {
	case stepRegister:
		return ActionRegister
	case stepStatus, stepEvaluate, stepOpen:
		return ActionRecover
	case stepDelete:
		return ActionDelete
	case stepWriteWitness:
		return ActionWriteWitness
	case stepReadWitness:
		return ActionReadWitness
	case stepReadLog:
		return ActionReadLog
	}
	return 0
}

// body is a parsed request body; only the fields of its step are set.
type body struct {
	step         step
	statement    []byte         // register
	oprfShare    [32]byte       // register
	sealShare    [32]byte       // register
	verifier     [32]byte       // register
	registration RegistrationID // evaluate, open
	blinded      [32]byte       // evaluate
	tag          [32]byte       // open
	heads        SignedHeads    // write witness
	logFrom      uint64         // read log: first sequence number wanted
}

const maxStatement = 4 << 10

func (m *body) encode() []byte {
	b := syntax.AppendUint8(nil, uint8(m.step))
	switch m.step {
	case stepRegister:
		b = syntax.AppendOpaque(b, m.statement)
		b = append(b, m.oprfShare[:]...)
		b = append(b, m.sealShare[:]...)
		b = append(b, m.verifier[:]...)
	case stepEvaluate:
		b = append(b, m.registration[:]...)
		b = append(b, m.blinded[:]...)
	case stepOpen:
		b = append(b, m.registration[:]...)
		b = append(b, m.tag[:]...)
	case stepWriteWitness:
		b = m.heads.Append(b)
	case stepReadLog:
		b = syntax.AppendUint64(b, m.logFrom)
	}
	return b
}

func parseBody(data []byte) (*body, error) {
	r := syntax.NewReader(data)
	m := &body{step: step(r.Uint8())}
	switch m.step {
	case stepStatus, stepDelete, stepReadWitness:
	case stepRegister:
		m.statement = r.Opaque()
		if len(m.statement) > maxStatement {
			r.Fail(ErrFormat)
		}
		r.Copy(m.oprfShare[:])
		r.Copy(m.sealShare[:])
		r.Copy(m.verifier[:])
	case stepEvaluate:
		r.Copy(m.registration[:])
		r.Copy(m.blinded[:])
		if _, err := voprf.DecodeElement(m.blinded[:]); err != nil {
			r.Fail(ErrFormat)
		}
	case stepOpen:
		r.Copy(m.registration[:])
		r.Copy(m.tag[:])
	case stepWriteWitness:
		m.heads = readSignedHeads(r)
	case stepReadLog:
		m.logFrom = r.Uint64()
	default:
		r.Fail(ErrFormat)
	}
	return m, r.Done()
}
