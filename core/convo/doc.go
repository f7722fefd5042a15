// Package convo holds what a conversation is made of besides MLS: its id and
// participants, the headers inside its messages and commits, the hash-linked
// log, epoch records, deposits, and the committer's signature that binds the
// last two to a commit.
//
// The package computes and checks; it fetches nothing and stores nothing. The
// server calls it to judge what it is sent, clients to judge what they are
// given: [JudgeCommit] is the same rule for both, and [Link] the same hash.
// A reader of history starts at [Begin] and calls [Position.Walk] with a log's
// commits in order; the positions hold the records that may be trusted.
//
// Formats: spec/log.md, spec/epoch.md, spec/conversation.md.
package convo

import "errors"

// What can be wrong. Callers wrap these with conversation and seq; none of
// them carries data of users.
var (
	ErrMalformed    = errors.New("convo: malformed structure")
	ErrWrongID      = errors.New("convo: conversation id does not follow from its creation")
	ErrBadLink      = errors.New("convo: log link does not follow from the entry before")
	ErrBadHead      = errors.New("convo: log head signature does not verify")
	ErrBadBundle    = errors.New("convo: committer's signature over record and deposits does not verify")
	ErrBadRecord    = errors.New("convo: epoch record does not match its hash")
	ErrBadDeposit   = errors.New("convo: deposit does not open")
	ErrNotDeposited = errors.New("convo: deposit is not among those that the committer signed")
	ErrNotEntitled  = errors.New("convo: role does not allow this change")
	ErrNotADevice   = errors.New("convo: leaf is not a device of a participant")
	ErrOlderHead    = errors.New("convo: head table names an older head than the one before")
	ErrBadHeadTable = errors.New("convo: head table does not match the commit")
	ErrMissingHead  = errors.New("convo: head table lacks a participant")
	ErrFixedMembers = errors.New("convo: participants of a direct conversation never change")
	ErrChangedFacts = errors.New("convo: commit changes what a conversation keeps for ever")
	ErrNotUncovered = errors.New("convo: external commit removes a leaf that it may not remove")
	ErrNoJoinKey    = errors.New("convo: external commit lacks the join key")
	ErrWrongSender  = errors.New("convo: log sender and MLS signer differ")
	ErrTooLarge     = errors.New("convo: over a limit")
	ErrNotInHeader  = errors.New("convo: header and content disagree")
	ErrBadList      = errors.New("convo: participant list does not match its hash in the GroupContext")
	ErrWrongOpening = errors.New("convo: generation does not follow from the one before")
	ErrForeignKey   = errors.New("convo: commit injects a key that members do not have")
)
