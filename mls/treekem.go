package mls

import (
	"fmt"
	"io"
	"slices"
)

// pathSecrets are the secrets of a filtered direct path from one node up to the
// root (RFC 9420, section 7.4).
type pathSecrets struct {
	first   int      // index of the first node in the filtered path
	secrets []Secret // path_secret of first, first+1, …
	private []HPKEPrivateKey
	public  []HPKEPublicKey
	commit  Secret // commit_secret
}

// derivePath derives all nodes from the path secret of node first of n. The
// secrets follow from each other; their key pairs, which cost more, do not.
func derivePath(suite CipherSuite, secret Secret, first, n int, par Parallel) (*pathSecrets, error) {
	n -= first
	p := &pathSecrets{first: first, private: make([]HPKEPrivateKey, n), public: make([]HPKEPublicKey, n)}
	for range n {
		p.secrets = append(p.secrets, secret)
		secret = suite.DeriveSecret(secret, "path")
	}
	p.commit = secret
	return p, par.runErr(n, func(i int) (err error) {
		p.private[i], p.public[i], err = suite.DeriveHPKEKey(suite.DeriveSecret(p.secrets[i], "node"))
		return err
	})
}

const labelUpdatePath = "UpdatePathNode"

// createPath draws a new path for the committer, merges it into the tree and
// signs the new leaf. The secrets are not encrypted yet: that needs the
// provisional GroupContext, which covers the tree.
func (t *transition) createPath(rand io.Reader, leaf *LeafNode, key SignaturePrivateKey) (*updatePath, []pathNode, *pathSecrets, error) {
	suite := t.before.Suite()
	first, err := suite.random(rand)
	if err != nil {
		return nil, nil, nil, err
	}
	filtered := t.tree.filteredPath(t.committer)
	ps, err := derivePath(suite, first, 0, len(filtered), t.parallel)
	if err != nil {
		return nil, nil, nil, err
	}
	path := &updatePath{leaf: leaf, nodes: make([]updatePathNode, len(filtered))}
	for i := range path.nodes {
		path.nodes[i].encryptionKey = ps.public[i]
	}
	if err := t.checkPathKeys(path); err != nil {
		return nil, nil, nil, err
	}
	leaf.Source = LeafFromCommit
	leaf.ParentHash = t.tree.setPath(t.committer, filtered, ps.public)
	if err := leaf.sign(rand, suite, key, t.before.GroupID(), t.committer); err != nil {
		return nil, nil, nil, err
	}
	if err := t.judgeCommitter(leaf, verifiedBefore); err != nil { // it has just been signed
		return nil, nil, nil, err
	}
	t.setCommitter(leaf)
	return path, filtered, ps, nil
}

// encryptPath encrypts each path secret to the resolution of its copath node
// (RFC 9420, section 7.6).
func (t *transition) encryptPath(path *updatePath, filtered []pathNode, ps *pathSecrets, context []byte) error {
	type job struct {
		to     HPKEPublicKey
		secret Secret
		out    *HPKECiphertext
	}
	var jobs []job
	for i, f := range filtered {
		res := t.tree.resolution(nil, f.copath, t.addedSet)
		path.nodes[i].secrets = make([]HPKECiphertext, len(res))
		for j, x := range res {
			jobs = append(jobs, job{t.tree.key(x), ps.secrets[i], &path.nodes[i].secrets[j]})
		}
	}
	return t.parallel.runErr(len(jobs), func(i int) error {
		c, err := t.before.Suite().EncryptWithLabel(jobs[i].to, labelUpdatePath, context, jobs[i].secret)
		*jobs[i].out = c
		return err
	})
}

// decryptPath finds the path secret that is encrypted to a node whose private
// key the member at own holds, and derives those above it (section 7.5).
func (t *transition) decryptPath(path *updatePath, filtered []pathNode, own LeafIndex,
	private map[nodeIndex]HPKEPrivateKey, context []byte) (*pathSecrets, error) {
	suite := t.before.Suite()
	for i, f := range filtered {
		if !f.copath.contains(own.node()) {
			continue
		}
		for j, x := range t.tree.resolution(nil, f.copath, t.addedSet) {
			priv, ok := private[x]
			if !ok {
				continue
			}
			secret, err := suite.DecryptWithLabel(priv, labelUpdatePath, context, path.nodes[i].secrets[j])
			if err != nil {
				return nil, err
			}
			if len(secret) != suite.HashSize() {
				return nil, ErrDecrypt
			}
			ps, err := derivePath(suite, secret, i, len(filtered), t.parallel)
			if err != nil {
				return nil, err
			}
			for k, pub := range ps.public {
				if !pub.Equal(path.nodes[i+k].encryptionKey) {
					return nil, fmt.Errorf("%w: key does not match its secret", ErrInvalidPath)
				}
			}
			return ps, nil
		}
	}
	return nil, fmt.Errorf("%w: no secret for this member", ErrInvalidPath)
}

// keysAfter is the set of private keys in the next epoch: those whose node still
// has the same public key, and the path's.
func (t *transition) keysAfter(private map[nodeIndex]HPKEPrivateKey, filtered []pathNode, ps *pathSecrets) map[nodeIndex]HPKEPrivateKey {
	next := make(map[nodeIndex]HPKEPrivateKey, len(private)+len(filtered))
	for x, k := range private {
		if now := t.tree.key(x); now != nil && now.Equal(t.before.tree.key(x)) {
			next[x] = slices.Clone(k)
		}
	}
	if ps != nil {
		for i, k := range ps.private {
			next[filtered[ps.first+i].node] = k
		}
	}
	return next
}
