package convos

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// message is a message as the server can read it.
type message struct {
	id         convo.ID
	generation uint32
	epoch      uint64
	header     *convo.Header
	rawHeader  []byte
	body       []byte
}

// parseMessage checks what can be checked of a message alone.
func (s *Service) parseMessage(id convo.ID, req *cofferv1.PostMessageRequest) (*message, error) {
	malformed := fail.Kind(fail.Malformed, "the message is not an application message of this conversation")
	if len(req.GetMessage()) > s.Limits.MaxMessageBytes {
		return nil, fail.Kind(fail.TooLarge, "the message is too large: send large content as an attachment")
	}
	p, err := mls.ParseMessage(req.GetMessage())
	if err != nil || p.Private == nil {
		return nil, malformed
	}
	h, err := mls.ParseHeader(req.GetMessage())
	if err != nil || h.ContentType != mls.ContentApplication {
		return nil, malformed
	}
	m := &message{id: id, epoch: h.Epoch, rawHeader: h.AuthenticatedData, body: req.GetMessage()}
	group, generation, err := convo.ParseMLSGroupID(h.GroupID)
	if err != nil || group != id || generation != req.GetGeneration() {
		return nil, malformed
	}
	m.generation = generation
	if m.header, err = convo.ParseHeader(h.AuthenticatedData); err != nil {
		return nil, fail.Kind(fail.Malformed, "the message's header does not parse")
	}
	return m, s.checkErase(m.header)
}

func (s *Service) checkErase(h *convo.Header) error {
	now := s.NowMS()
	if h.EraseAfterMS != 0 && (h.EraseAfterMS <= now || h.EraseAfterMS > now+uint64(s.Limits.MaxEraseAfter.Milliseconds())) {
		return fail.Kind(fail.Invalid, "the erase-after time has passed or is too far away")
	}
	// What erases, and what says how a conversation is, must stay: readers need it
	// to know that the rest is in order.
	if h.EraseAfterMS != 0 && (h.Purpose == convo.PurposeUnsend || h.Purpose == convo.PurposeInfo) {
		return fail.Kind(fail.Invalid, "an unsend or info message does not disappear")
	}
	return nil
}

// PostMessage implements the service.
func (s *Service) PostMessage(ctx context.Context, req *connect.Request[cofferv1.PostMessageRequest]) (*connect.Response[cofferv1.PostMessageResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	m, err := s.parseMessage(id, req.Msg)
	if err != nil {
		return nil, err
	}
	if err := s.limited(s.post, caller.Account, len(m.body)); err != nil {
		return nil, err
	}
	var entry store.Entry
	var head convo.LogHead
	err = s.retry(ctx, caller, func(caller *auth.Caller) error {
		if err := hasHead(caller, m.header.Chain); err != nil {
			return err
		}
		now := s.NowMS()
		suite, _ := s.suites.Get(id)
		stamp, err := s.frank(m, caller, now, suite)
		if err != nil {
			return err
		}
		return s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) (err error) {
			entry, head, suite, err = s.appendMessage(tx, m, caller, now, stamp)
			if err == nil {
				s.suites.Put(id, suite, 1)
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	s.Wake()
	return connect.NewResponse(&cofferv1.PostMessageResponse{Entry: receipt(&entry), Head: s.head(id, head)}), nil
}

// stamped is a frank and what it was made for.
type stamped struct {
	frank      []byte
	acceptedMS uint64
	suite      uint16
}

// frank makes the server's frank for a message. The suite is that of the
// conversation, 0 while it is not known.
func (s *Service) frank(m *message, c *auth.Caller, acceptedMS uint64, suite uint16) (stamped, error) {
	st := stamped{acceptedMS: acceptedMS, suite: suite}
	if suite == 0 {
		return st, nil
	}
	sender, err := content.UserURI(string(s.Host), c.Account.String())
	if err != nil {
		return st, err
	}
	room, err := content.RoomURI(string(s.Host), m.id.String())
	if err != nil {
		return st, err
	}
	f := s.Keys.Hub.Frank(frank.Tag(m.header.FrankingTag), frank.Context{Sender: sender, Room: room, AcceptedMs: acceptedMS},
		suite, s.Keys.Server)
	st.frank = f.Append(nil)
	return st, nil
}

// appendMessage appends a message, or finds the entry that a message with its
// key became before. It returns the conversation's suite too.
func (s *Service) appendMessage(tx store.ConversationTx, m *message, caller *auth.Caller, now uint64, st stamped) (store.Entry, convo.LogHead, uint16, error) {
	none := func(err error) (store.Entry, convo.LogHead, uint16, error) {
		return store.Entry{}, convo.LogHead{}, 0, err
	}
	c, err := tx.Conversation()
	if errors.Is(err, store.ErrNotFound) {
		return none(errNoConversation)
	}
	if err != nil {
		return none(err)
	}
	p, err := participant(tx, caller.Account)
	if err != nil {
		return none(err)
	}
	if p.Named > caller.Chain.Head().Seq {
		return none(errBehind)
	}
	if before, err := tx.ByIdempotency(caller.Account, m.header.Idempotency[:]); err == nil {
		e, err := tx.Entry(before)
		return e, c.Head, c.Suite, err
	} else if !errors.Is(err, store.ErrNotFound) {
		return none(err)
	}
	if err := s.mayPost(tx, m, caller, &c, now); err != nil {
		return none(err)
	}
	sender := convo.Sender{Account: caller.Account, Device: caller.Keyholder}
	e := store.Entry{
		Kind: convo.EntryMessage, Sender: sender, AcceptedMS: max(now, c.AcceptedMS),
		Generation: m.generation, Epoch: m.epoch, Purpose: m.header.Purpose, Target: m.header.Target,
		Body: m.body, Idempotency: m.header.Idempotency[:], EraseMS: m.header.EraseAfterMS,
	}
	if st.suite != c.Suite || st.acceptedMS != e.AcceptedMS {
		if st, err = s.frank(m, caller, e.AcceptedMS, c.Suite); err != nil {
			return none(err)
		}
	}
	e.Frank = st.frank
	follow(&c, &e, m.rawHeader)
	if m.header.Purpose == convo.PurposeInfo {
		c.InfoSeq = e.Seq
	}
	err = errors.Join(tx.Append(e), tx.SetConversation(c), tx.Wake())
	if p.Named < m.header.Chain.Seq {
		p.Named = m.header.Chain.Seq
		err = errors.Join(err, tx.PutParticipant(p))
	}
	if m.header.Purpose == convo.PurposeUnsend {
		err = errors.Join(err, unsend(tx, m.header.Target))
	}
	return e, c.Head, c.Suite, err
}

// mayPost checks a message against the conversation as it is now.
func (s *Service) mayPost(tx store.ConversationTx, m *message, caller *auth.Caller, c *store.Conversation, now uint64) error {
	leaf, err := tx.IsLeaf(store.Device{Account: caller.Account, Device: caller.Keyholder})
	switch {
	case err != nil:
		return err
	case m.generation != c.Generation:
		return errWrongEpoch
	case m.epoch != c.Epoch && (m.epoch+1 != c.Epoch || now >= c.GraceMS):
		return errWrongEpoch
	case !leaf:
		return errNoLeaf
	case c.LeaveSeq != 0:
		return errUncovered
	}
	if err := onLog(tx, m.header.Log); err != nil {
		return err
	}
	if m.header.Target == 0 {
		return nil
	}
	target, err := tx.Entry(m.header.Target)
	missing := fail.Kind(fail.NotFound, "there is no such message to change")
	switch {
	case errors.Is(err, store.ErrNotFound):
		return missing
	case err != nil:
		return err
	case target.Kind != convo.EntryMessage || target.Purpose != convo.PurposeMessage:
		return missing
	case target.Sender.Account != caller.Account:
		return fail.Kind(fail.Forbidden, "only who sent a message may change it")
	case target.Erased() && m.header.Purpose == convo.PurposeEdit:
		return fail.Kind(fail.NotFound, "the message has been erased")
	case target.EraseMS != m.header.EraseAfterMS && m.header.Purpose == convo.PurposeEdit:
		return fail.Kind(fail.Invalid, "an edit disappears when its message does")
	}
	return nil
}

// unsend erases a message and every edit of it, which holds its text too. One
// that is not there is erased.
func unsend(tx store.ConversationTx, target uint64) error {
	edits, err := tx.EditsOf(target)
	if err != nil {
		return err
	}
	for _, seq := range append(edits, target) {
		e, err := tx.Entry(seq)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := erase(tx, &e); err != nil {
			return err
		}
	}
	return nil
}
