package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Fingerprints gives each finding a name that stays when lines are added above
// it or the wording of messages changes: 32 hexadecimal characters. Findings
// that cannot be told apart otherwise are counted.
func Fingerprints(findings []Finding) []string {
	seen := map[string]int{}
	list := make([]string, len(findings))
	for i := range findings {
		f := &findings[i]
		_, token, _ := f.token()
		parts := []string{f.Rule, f.Path, f.Name, f.Version}
		if f.Name == "" {
			parts = append(parts, token)
		}
		for _, w := range f.Wrong {
			parts = append(parts, w.Hash)
		}
		key := strings.Join(parts, "\x00")
		seen[key]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, seen[key]))
		list[i] = hex.EncodeToString(sum[:16])
	}
	return list
}
