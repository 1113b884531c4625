package report

import (
	"fmt"
	"slices"
	"strings"
)

// wrongLines says of each wrong hash where it comes from, one line a cause and
// origin, when the message cannot say it in one.
func wrongLines(f *Finding) []string {
	if len(f.Wrong) < 2 {
		return nil
	}
	var lines []string
	for _, g := range GroupWrong(f.Wrong) {
		lines = append(lines, g.line())
	}
	if len(lines) < 2 {
		return nil
	}
	return lines
}

// WrongGroup is wrong hashes of one cause and one origin.
type WrongGroup struct {
	Wrong     // the first of them
	Count int // how many
}

// GroupWrong brings together the hashes that have one cause and one origin, in
// the order in which each is met first.
func GroupWrong(wrong []Wrong) []WrongGroup {
	var groups []WrongGroup
	for _, w := range wrong {
		i := slices.IndexFunc(groups, func(g WrongGroup) bool {
			return g.Cause == w.Cause && g.Project == w.Project && g.Version == w.Version && (w.Cause == OtherRelease || w.Cause == OtherProject || w.Cause == Unknown)
		})
		if i < 0 {
			groups = append(groups, WrongGroup{w, 1})
			continue
		}
		groups[i].Count++
	}
	return groups
}

func (g WrongGroup) line() string {
	what := Short(g.Hash)
	if g.Count > 1 {
		what = fmt.Sprintf("%d hashes, %s among them,", g.Count, what)
	}
	return what + " " + Describe(g.Wrong, g.Count)
}

// Describe says in words what is wrong with n hashes of one cause and origin,
// to stand after the hash or "they".
func Describe(w Wrong, n int) string {
	is, digest := "is", "the digest"
	if n > 1 {
		is, digest = "are", "digests"
	}
	switch w.Cause {
	case EmptyFile:
		return is + " the digest of an empty file"
	case OtherAlgorithm:
		return fmt.Sprintf("%s the digest of %s by another algorithm", is, w.File)
	case Length:
		_, digits, _ := strings.Cut(w.Hash, ":")
		length := fmt.Sprintf("has %d characters, which no digest of its algorithm has", len(digits))
		if w.Meant != "" {
			length += "; that of " + w.File + " was meant"
		}
		return length
	case OtherRelease, OtherProject:
		if n > 1 {
			return fmt.Sprintf("%s those of %s %s", is, w.Project, w.Version)
		}
		return fmt.Sprintf("%s %s of %s (%s %s)", is, digest, w.File, w.Project, w.Version)
	case Typo:
		if got, want, ok := differing(w.Hash, w.Meant); ok {
			return fmt.Sprintf("is mistyped: %s, where %s has %s", got, w.File, want)
		}
		return "is mistyped; that of " + w.File + " was meant"
	case Gone:
		return fmt.Sprintf("%s %s of %s, which the index has removed", is, digest, w.File)
	}
	if n > 1 {
		return "belong to nothing that is known"
	}
	return "belongs to nothing that is known"
}

// differing cuts a hash and the one that was meant to where they differ, which
// stands in brackets. ok is false where that is no matter of a few digits.
func differing(hash, meant string) (got, want string, ok bool) {
	_, x, _ := strings.Cut(strings.ToLower(hash), ":")
	_, y, _ := strings.Cut(strings.ToLower(meant), ":")
	const few, around = 8, 6
	start := 0
	for start < len(x) && start < len(y) && x[start] == y[start] {
		start++
	}
	end := 0
	for end < len(x)-start && end < len(y)-start && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	if len(x)-start-end > few || len(y)-start-end > few {
		return "", "", false
	}
	part := func(s string) string {
		before, after := s[:start], s[len(s)-end:]
		if len(before) > around {
			before = "…" + before[len(before)-around:]
		}
		if len(after) > around {
			after = after[:around] + "…"
		}
		return before + "[" + s[start:len(s)-end] + "]" + after
	}
	return part(x), part(y), true
}

// digits is how many characters of a digest are shown: enough to find it in its
// file.
const digits = 12

// Short cuts a hash so that it can still be searched for in its file: the
// algorithm and the first 12 digits.
func Short(hash string) string {
	algorithm, digest, found := strings.Cut(hash, ":")
	if !found || len(digest) <= digits+4 {
		return hash
	}
	return algorithm + ":" + digest[:digits] + "…"
}
