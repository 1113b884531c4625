package report

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Fingerprints gives each finding a name that stays when lines are added above
// it or the wording of messages changes: 32 hexadecimal characters. Findings
// that cannot be told apart otherwise are counted.
func Fingerprints(findings []Finding) []string {
	names := newFingerprints()
	list := make([]string, len(findings))
	for i := range findings {
		list[i] = names.of(&findings[i]).String()
	}
	return list
}

// fingerprint is half of a SHA-256 digest.
type fingerprint [16]byte

func (p fingerprint) String() string { return hex.EncodeToString(p[:]) }

// fingerprints gives findings their fingerprints one by one.
type fingerprints struct {
	seen map[fingerprint]int // by that of the first that cannot be told apart
	key  []byte
}

func newFingerprints() *fingerprints { return &fingerprints{seen: map[fingerprint]int{}} }

func (p *fingerprints) of(f *Finding) fingerprint {
	key := p.key[:0]
	for _, part := range [...]string{f.Rule, f.Path, f.Name, f.Version} {
		key = append(append(key, part...), 0)
	}
	if f.Name == "" {
		_, token, _ := f.token()
		key = append(append(key, token...), 0)
	}
	for i := range f.Wrong {
		key = append(append(key, f.Wrong[i].Hash...), 0)
	}
	p.key = key
	numbered := func(n int) fingerprint {
		sum := sha256.Sum256(strconv.AppendInt(key, int64(n), 10))
		return fingerprint(sum[:])
	}
	first := numbered(1)
	p.seen[first]++
	if n := p.seen[first]; n > 1 {
		return numbered(n)
	}
	return first
}
