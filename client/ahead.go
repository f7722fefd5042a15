package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// errAskAgain is the error of a call made beside the engine that the server
// refuses this session or device: it is to be made again in its turn.
var errAskAgain = errors.New("client: the call is to be made again in its turn")

// asking makes calls beside the engine, for what is fetched ahead of its turn. It
// does not sign in, which would change the engine's state.
type asking struct{ transport Transport }

// Do makes a call.
func (a asking) Do(ctx context.Context, procedure string, body []byte) ([]byte, error) {
	answer, err := a.transport.Do(ctx, procedure, body)
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNoSession || kind == wire.ErrorKindRemoved {
		return nil, errAskAgain
	}
	return answer, err
}

// beside returns the conversation service for calls ahead of their turn.
func (e *Engine) beside() wire.ConversationClient {
	return wire.ConversationClient{Doer: asking{e.transport}}
}

// ahead is the beginning of what a restore reads of a conversation, on its way
// while the one before is walked and opened. It is judged when its turn comes.
type ahead struct {
	creation chan *wire.ReadLogResponse
	commits  chan epochsPage
	pages    *pagesDown // from the head down
}

// firstCommit is the epoch that a conversation's first commit begins.
var firstCommit = epochID{generation: 0, epoch: 1}

// lookAhead begins to read a conversation that this device does not know. first is
// the length of the first page from the head down, and limit that of all pages, 0
// for no limit. The caller calls stop in the end.
func (e *Engine) lookAhead(ctx context.Context, id convo.ID, first, limit int) *ahead {
	a := &ahead{creation: make(chan *wire.ReadLogResponse, 1), commits: make(chan epochsPage, 1)}
	client := e.beside()
	a.pages = e.pagesDown(id, first, limit)
	a.pages.begin(ctx, func(ctx context.Context) (from uint64, ok bool) {
		defer close(a.creation)
		defer close(a.commits)
		r, err := client.ReadLog(ctx, firstEntry(id))
		if err != nil || r.Head == nil {
			return 0, false // in its turn it is asked for again
		}
		a.creation <- r
		a.commits <- fetchCommits(ctx, client, id, firstCommit)
		return r.Head.Seq, true
	})
	return a
}

// firstEntry asks for a conversation's creation, and for its head.
func firstEntry(id convo.ID) *wire.ReadLogRequest {
	return &wire.ReadLogRequest{Conversation: id[:], FromSeq: 1, Limit: 1}
}

// stop ends the reading.
func (a *ahead) stop() {
	if a != nil {
		a.pages.stop()
	}
}

// down is the pages that were read ahead, nil for none.
func (a *ahead) down() *pagesDown {
	if a == nil {
		return nil
	}
	return a.pages
}

// takeCreation returns the creation and the head.
func (a *ahead) takeCreation(ctx context.Context, e *Engine, c *conversation) ([]*convo.Entry, convo.LogHead, error) {
	if a != nil {
		if r, ok := <-a.creation; ok {
			return e.takeLog(ctx, c, r)
		}
	}
	return e.readLog(ctx, c, 1, 1, false)
}

// takeCommits returns the first page of commits if it begins with from.
func (a *ahead) takeCommits(from epochID) (p epochsPage, ok bool) {
	if a == nil || from != firstCommit {
		return p, false
	}
	p, ok = <-a.commits
	return p, ok && !errors.Is(p.err, errAskAgain)
}
