package packaging

import "strings"

// Specifier is one clause that a version must meet: >=1.0.
type Specifier struct {
	Op      string // ==, !=, <=, >=, <, >, ~= or ===
	Version string // as written, without blanks around it: "v1.0", "1.*"; after === any text, even none
}

// Specifiers are clauses that a version must all meet, in the order in which they are written. None admit every version.
type Specifiers []Specifier

// ParseSpecifiers reads clauses with commas between, as packaging.specifiers.SpecifierSet does: blanks and empty clauses are
// skipped. The error is a *SyntaxError.
func ParseSpecifiers(s string) (Specifiers, error) {
	var all Specifiers
	for start := 0; start <= len(s); {
		end := start + len(s[start:])
		if comma := strings.IndexByte(s[start:], ','); comma >= 0 {
			end = start + comma
		}
		i := start + blanks(s[:end], start)
		if i < end {
			spec, after := scanSpecifier(s[:end], i)
			if spec.Op == "" {
				return nil, &SyntaxError{s, after, specifierExpected(s[:end], i, after)}
			}
			if insideWord(s[:end], after) {
				return nil, &SyntaxError{s, after - len(spec.Version), "a version"}
			}
			if after += blanks(s[:end], after); after < end {
				return nil, &SyntaxError{s, after, "a comma or the end after the version " + spec.Version}
			}
			all = append(all, spec)
		}
		start = end + 1
	}
	return all, nil
}

// specifierExpected says what should stand at byte at, where reading the clause that begins at byte start came to an end.
func specifierExpected(s string, start, at int) string {
	if at > start {
		if strings.HasPrefix(s[start:], "~=") {
			return "a version of at least two numbers"
		}
		return "a version"
	}
	if start < len(s) && s[start] == '=' {
		return `the operator "==" (a single "=" is none)`
	}
	return "one of the operators == != <= >= < > ~= ==="
}

// scanSpecifier reads one clause at byte i of s and returns where it ends. Op is "" if there is none; end is then where the
// version should be, or i where even the operator is missing.
func scanSpecifier(s string, i int) (spec Specifier, end int) {
	op := operator(s, i)
	if op == "" {
		return Specifier{}, i
	}
	start := i + len(op)
	start += blanks(s, start)
	if op == "===" {
		end = start
		for end < len(s) && s[end] != ';' && s[end] != ')' && blanks(s[:min(len(s), end+4)], end) == 0 {
			end++
		}
		return Specifier{op, s[start:end]}, end
	}
	p, ok := scanRelease(s, start)
	if !ok || op == "~=" && strings.IndexByte(p.release, '.') < 0 {
		return Specifier{}, start
	}
	equality := op == "==" || op == "!="
	if equality && strings.HasPrefix(s[p.end:], ".*") {
		p.end += len(".*")
		return Specifier{op, s[start:p.end]}, p.end
	}
	p.scanSuffix(s)
	if equality {
		p.scanLocal(s)
	}
	return Specifier{op, s[start:p.end]}, p.end
}

// operator returns the operator at byte i of s, or "".
func operator(s string, i int) string {
	if i >= len(s) {
		return ""
	}
	if i+1 < len(s) && s[i+1] == '=' {
		switch s[i] {
		case '=':
			if i+2 < len(s) && s[i+2] == '=' {
				return "==="
			}
			return "=="
		case '!', '<', '>', '~':
			return s[i : i+2]
		}
	}
	if s[i] == '<' || s[i] == '>' {
		return s[i : i+1]
	}
	return ""
}

// String returns operator and version without a blank between.
func (s Specifier) String() string { return s.Op + s.Version }

// String returns the clauses as they are written, with a comma and no blank between.
func (s Specifiers) String() string {
	if len(s) == 1 {
		return s[0].String()
	}
	var b strings.Builder
	for i, spec := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(spec.Op)
		b.WriteString(spec.Version)
	}
	return b.String()
}

// Contains tells whether v meets every clause. Pre-releases are versions like any other here; it is for the caller to prefer others.
func (s Specifiers) Contains(v Version) bool {
	for _, spec := range s {
		if !spec.Matches(v) {
			return false
		}
	}
	return true
}

// Matches tells whether v meets the clause (PEP 440, Version specifiers), pre-releases included.
func (s Specifier) Matches(v Version) bool {
	if s.Op == "===" {
		return strings.EqualFold(v.text, s.Version)
	}
	written, prefix := strings.CutSuffix(s.Version, ".*")
	w, err := ParseVersion(written)
	if err != nil || v.IsZero() {
		return false
	}
	switch s.Op {
	case "==", "!=":
		return w.admits(v, prefix) == (s.Op == "==")
	case "<=":
		return v.Public().Compare(w) <= 0
	case ">=":
		return v.Compare(w) >= 0
	case "<":
		return v.before(w)
	case ">":
		return v.after(w)
	case "~=":
		dot := strings.LastIndexByte(w.releaseText(), '.')
		return dot > 0 && v.Compare(w) >= 0 && v.epochNumber() == w.epochNumber() && startsRelease(v.releaseText(), w.releaseText()[:dot])
	}
	return false
}

// admits tells whether ==w, or ==w.* if prefix, admits v. Without a local label w admits any.
func (w Version) admits(v Version, prefix bool) bool {
	if prefix {
		return v.epochNumber() == w.epochNumber() && startsRelease(v.releaseText(), w.releaseText())
	}
	if w.Local() == "" {
		v = v.Public()
	}
	return v.Compare(w) == 0
}

// before tells whether <w admits v: not the pre-releases of w itself, unless w is one.
func (v Version) before(w Version) bool {
	if v.Compare(w) >= 0 {
		return false
	}
	if w.Prerelease() || v.epochNumber() != w.epochNumber() || compareReleases(v.releaseText(), w.releaseText()) != 0 {
		return true
	}
	first := w.stage() // of w's own pre-releases, w.dev0
	if first.dev = "0"; first.post == "" {
		first.pre = 0
	}
	return v.stage().compare(first) < 0
}

// after tells whether >w admits v: not w with a local label, nor the post-releases of w, unless w is one.
func (v Version) after(w Version) bool {
	if v.Public().Compare(w) <= 0 {
		return false
	}
	if w.dev > w.pre { // a post-release or a development release
		return true
	}
	return v.epochNumber() != w.epochNumber() || compareReleases(v.releaseText(), w.releaseText()) != 0 ||
		v.text[v.release:v.pre] != w.text[w.release:w.pre]
}

// Pin returns the version that the clauses pin, as it is written, and whether pip's InstallRequirement.is_pinned calls them a pin: exactly
// one clause, with == or ===. Clauses that are equal in canonical spelling count as one, the first of them as text; "==1.*" is a pin for pip.
func (s Specifiers) Pin() (version string, ok bool) {
	if len(s) == 0 {
		return "", false
	}
	first := s[0]
	for _, spec := range s[1:] {
		if spec.canonical() != first.canonical() {
			return "", false
		}
		if spec.String() < first.String() {
			first = spec
		}
	}
	if first.Op != "==" && first.Op != "===" {
		return "", false
	}
	return first.Version, true
}

// canonical returns the clause such that two that pin alike are the same value. Without a "~=", in which zeros count, this is how packaging compares
// them: 1.* and what follows === are compared as text.
func (s Specifier) canonical() Specifier {
	if s.Op != "===" {
		if v, err := ParseVersion(s.Version); err == nil {
			s.Version = v.Key()
		}
	}
	return s
}
