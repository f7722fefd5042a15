package messenger

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"path"
	"slices"
)

// profileFiles tell the owner's name, where the export has them.
var profileFiles = []string{
	"personal_information/profile_information/profile_information.json",
	"profile_information/profile_information.json",
}

func (e *Export) readProfile() {
	for _, root := range e.roots {
		for _, name := range profileFiles {
			if e.profile == "" {
				e.profile = e.profileName(path.Join(root, name))
			}
		}
	}
}

// profileName returns the name in a profile file, or "".
func (e *Export) profileName(name string) string {
	f, err := e.openRegular(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	var p struct {
		Profile struct {
			Name struct {
				FullName string `json:"full_name"`
			}
		} `json:"profile_v2"`
	}
	if err := json.NewDecoder(io.LimitReader(f, 1<<20)).Decode(&p); err != nil {
		return ""
	}
	return cut(repair(p.Profile.Name.FullName), maxName)
}

// Owner returns the name of the person whose export it is: the one that the
// export's profile names, or else the only participant common to all threads.
// If that is not one person, the error is an *OwnerError.
func (e *Export) Owner() (string, error) {
	count := map[string]int{}
	for i := range e.threads {
		for _, name := range e.threads[i].Participants {
			count[name]++
		}
	}
	if count[e.profile] > 0 {
		return e.profile, nil
	}
	var everywhere []string
	for name, n := range count {
		if n == len(e.threads) {
			everywhere = append(everywhere, name)
		}
	}
	if len(everywhere) == 1 {
		return everywhere[0], nil
	}
	// The most frequent first, then by name.
	choices := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(a, b))
	})
	return "", &OwnerError{Choices: choices[:min(len(choices), 10)]}
}

// IsParticipant reports whether name takes part in a thread: what to check when
// the user says who they are.
func (e *Export) IsParticipant(name string) bool {
	for i := range e.threads {
		if _, ok := slices.BinarySearch(e.threads[i].Participants, name); ok {
			return true
		}
	}
	return false
}
