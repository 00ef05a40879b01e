package serve

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"runtime/debug"
	"strings"
	"sync"

	"sallyport/internal/dataset"
)

// tagSize is how many bytes of the authentication code an entity tag carries.
const tagSize = 18

// tagger makes entity tags without seeing the body: an authentication code over everything that decides its
// bytes. Whoever shows such a tag was given it with the body, so that the tag tells that the body is unchanged
// before anybody asks the data. Nobody without the key can make one up. It is safe for concurrent use.
type tagger struct{ macs sync.Pool } // of hash.Hash

// newTagger derives its key from key and shape, the digest of what all answers of one API share.
func newTagger(key, shape []byte) *tagger {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("sallyport entity tag"))
	mac.Write(shape)
	own := mac.Sum(nil)
	t := &tagger{}
	t.macs.New = func() any { return hmac.New(sha256.New, own) }
	return t
}

// representation is what a tag stands for, besides the identity of the question.
type representation struct {
	coding coding
	large  bool  // worth compressing: which coding a client gets depends on it
	epoch  int64 // of the cursor in the body; 0 without one
}

func (t *tagger) tag(identity string, of representation) string {
	var buffer [32]byte
	b := append(buffer[:0], byte(of.coding), 0)
	if of.large {
		b[1] = 1
	}
	b = binary.AppendVarint(b, of.epoch)
	b = binary.AppendUvarint(b, uint64(len(identity)))
	mac := t.macs.Get().(hash.Hash)
	defer t.macs.Put(mac)
	mac.Reset()
	mac.Write(b)
	mac.Write([]byte(identity))
	var sum [sha256.Size]byte
	text := append(make([]byte, 0, 2+base64.RawURLEncoding.EncodedLen(tagSize)), '"')
	text = base64.RawURLEncoding.AppendEncode(text, mac.Sum(sum[:0])[:tagSize])
	return string(append(text, '"'))
}

// shape digests what the answers of an API have in common and the question does not name: the rows, the rights of
// the tiers, the texts of the description, and the program that encodes them. Whatever else decides the bytes of
// an answer belongs in here, or a tag would stand for two bodies.
func (c *Config) shape() ([]byte, error) {
	d := *c.Description
	d.Sources = nil // where the rows came from is no part of an answer
	text, err := json.Marshal(struct {
		Seal        dataset.Seal
		Description dataset.Description
		Tiers       []string
		Program     []string
	}{c.Source.Seal(), d, c.Tiers, program()})
	if err != nil {
		return nil, fmt.Errorf("digesting the description: %w", err)
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}

// program names the build, as far as it knows itself: another one may encode and compress in another way.
func program() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	names := []string{info.GoVersion, info.Main.Version}
	for _, s := range info.Settings {
		if strings.HasPrefix(s.Key, "vcs.") {
			names = append(names, s.Key+"="+s.Value)
		}
	}
	for _, m := range info.Deps {
		names = append(names, m.Path+"@"+m.Version)
	}
	return names
}

// matches says whether If-None-Match names tag, by the weak comparison of RFC 9110 section 13.1.2. "*" names
// no representation that the client could have, and does not count.
func matches(lines []string, tag string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			if strings.TrimPrefix(strings.Trim(one, " \t"), "W/") == tag {
				return true
			}
		}
	}
	return false
}
