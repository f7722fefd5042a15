package convo

// MayChangeRole reports whether a participant whose role is by may give another
// role to one who has was: an owner any; an admin below owner only. It is the
// same for one's own role.
func MayChangeRole(by, was, to Role) bool {
	return by == Owner || by == Admin && was < Owner && to < Owner
}

// mayAdd reports whether a participant may add one with a role.
func mayAdd(by, to Role) bool { return to == Member || MayChangeRole(by, Member, to) }

// mayRemove reports whether a participant may remove one who has not left.
func mayRemove(by, was Role) bool { return by == Owner || by == Admin && was < Owner }

// owned reports whether anybody in the list is an owner.
func (p Participants) owned() bool {
	for _, q := range p {
		if q.Role == Owner {
			return true
		}
	}
	return false
}

// LastOwner reports whether a participant is the only owner among others. It
// cannot leave, or be anything else, before another owner is made: nobody else
// could make one.
func (p Participants) LastOwner(of Participant) bool {
	if of.Role != Owner {
		return false
	}
	others := p.Without(of.Account)
	return len(others) > 0 && !others.owned()
}
