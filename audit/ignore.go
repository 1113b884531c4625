package audit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// Ignore covers findings: of a rule, of a project if one is named. It does until
// the end of a day; a zero Until is for ever.
type Ignore struct {
	Rules   []string
	Project string // normalized; "" for all
	Until   time.Time
	Reason  string

	Path string // of the configuration that has it, and the line; "" if it stands in the file
	Line int
}

// covering is an ignore as it holds for one file.
type covering struct {
	Ignore
	line int  // of an inline ignore: the line of the file that it stands in, from 1
	over int  // the physical line that it stands above, 0 for the whole file
	used bool // it covers a finding
	bad  string
}

// ignores are those of the configuration and those that stand in the file.
func (a *audit) ignores(s *subject) []*covering {
	var list []*covering
	for _, i := range s.settings.Ignores {
		list = append(list, &covering{Ignore: i})
	}
	if !a.options.NoInlineIgnores {
		list = append(list, inlineIgnores(s.file)...)
	}
	return list
}

const ignoreForm = "# reqhash: ignore[RULE] until YYYY-MM-DD: REASON"

// inlineIgnores reads the comments that ignore findings of the line that they
// stand above: on lines of their own, nothing but comments and blank lines
// between.
func inlineIgnores(f *requirements.File) []*covering {
	mark := []byte("reqhash:")
	if !f.CommentsMayHold(string(mark)) {
		return nil
	}
	var list, pending []*covering
	src := f.Src()
	for offset := 0; offset < len(src); {
		end := bytes.IndexByte(src[offset:], '\n')
		if end < 0 {
			end = len(src) - offset
		}
		text := bytes.TrimSpace(src[offset : offset+end])
		line, _ := f.Position(offset)
		switch {
		case len(text) == 0:
		case text[0] != '#':
			for _, c := range pending {
				c.over = line
			}
			pending = nil
		default:
			comment := bytes.TrimSpace(bytes.TrimLeft(text, "#"))
			if after, ok := bytes.CutPrefix(comment, mark); ok {
				c := parseIgnore(string(after))
				c.line = line
				list = append(list, c)
				pending = append(pending, c)
			}
		}
		offset += end + 1
	}
	return list
}

// parseIgnore reads what stands after "reqhash:".
func parseIgnore(text string) *covering {
	c := &covering{}
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "ignore[")
	rules, rest, closed := strings.Cut(rest, "]")
	if !ok || !closed {
		c.bad = "it is no ignore"
		return c
	}
	for rule := range strings.SplitSeq(rules, ",") {
		rule = strings.TrimSpace(rule)
		if _, known := report.RuleOf(rule); !known {
			c.bad = fmt.Sprintf("there is no rule %q", rule)
			return c
		}
		c.Rules = append(c.Rules, rule)
	}
	head, reason, _ := strings.Cut(rest, ":")
	if c.Reason = strings.TrimSpace(reason); c.Reason == "" {
		c.bad = "it gives no reason"
		return c
	}
	if head = strings.TrimSpace(head); head != "" {
		day, ok := strings.CutPrefix(head, "until")
		until, err := time.Parse(time.DateOnly, strings.TrimLeft(strings.TrimSpace(day), "="))
		if !ok || err != nil {
			c.bad = fmt.Sprintf("%q is no date", head)
			return c
		}
		c.Until = until
	}
	return c
}

// covers tells whether the ignore is about a finding.
func (c *covering) covers(f *report.Finding, lines func(physical int) (first, last int)) bool {
	if c.bad != "" || !slices.Contains(c.Rules, f.Rule) {
		return false
	}
	if c.Project != "" && c.Project != packaging.NormalizeName(f.Name) {
		return false
	}
	if c.line == 0 {
		return true
	}
	first, last := lines(c.over)
	return c.over > 0 && f.Line >= first && f.Line <= last
}

// expired tells whether the last day of the ignore is over.
func (c *covering) expired(now time.Time) bool {
	return !c.Until.IsZero() && now.After(c.Until.AddDate(0, 0, 1))
}

// logicalLine gives the physical lines of the logical line at a physical one.
func (s *subject) logicalLine(physical int) (first, last int) {
	i, ok := slices.BinarySearchFunc(s.file.Lines, physical, func(l requirements.Line, n int) int {
		switch {
		case l.Last < n:
			return -1
		case l.First > n:
			return 1
		}
		return 0
	})
	if !ok {
		return physical, physical
	}
	return s.file.Lines[i].First, s.file.Lines[i].Last
}

// suppress takes out of a file's findings those that an ignore covers, and adds
// what is to be said about the ignores themselves.
func (a *audit) suppress(s *subject, list []report.Finding) (left []report.Finding, covered []report.Suppressed) {
	ignores := a.ignores(s)
	if len(ignores) == 0 && len(a.options.Known) == 0 {
		return list, nil
	}
	var prints []string
	if len(a.options.Known) > 0 {
		prints = report.Fingerprints(Anchor(list, a.options.Anchored))
	}
	for i := range list {
		f := &list[i]
		k := slices.IndexFunc(ignores, func(c *covering) bool { return !c.expired(a.options.Now) && c.covers(f, s.logicalLine) })
		switch {
		case k >= 0:
			c := ignores[k]
			c.used = true
			until := ""
			if !c.Until.IsZero() {
				until = c.Until.Format(time.DateOnly)
			}
			covered = append(covered, report.Suppressed{Finding: *f, Reason: c.Reason, Until: until, Inline: c.line > 0})
		case prints != nil && a.options.Known[prints[i]] != "":
			covered = append(covered, report.Suppressed{Finding: *f, Reason: a.options.Known[prints[i]]})
		default:
			left = append(left, *f)
		}
	}
	for _, c := range ignores {
		if c.line == 0 && !c.expired(a.options.Now) && (c.Project == "" || s.has(c.Project)) {
			s.ignored = append(s.ignored, c)
		}
		if f, ok := a.aboutIgnore(s, c, list); ok {
			left = append(left, f)
		}
	}
	return left, covered
}

// Anchor returns findings with their paths as anchored gives them; nil leaves
// them alone.
func Anchor(list []report.Finding, anchored func(path string) string) []report.Finding {
	if anchored == nil {
		return list
	}
	list = slices.Clone(list)
	for i := range list {
		list[i].Path = anchored(list[i].Path)
	}
	return list
}

// has tells whether a judged requirement of the file is of the project.
func (s *subject) has(project string) bool {
	return slices.ContainsFunc(s.judgements, func(j judgement) bool { return packaging.NormalizeName(s.file.Lines[j.line].Name) == project })
}

// note adds an ignore of the configuration that was held against a file, once
// for all files.
func note(list []*covering, c *covering) []*covering {
	for _, have := range list {
		if have.Path == c.Path && have.Line == c.Line && have.Reason == c.Reason && slices.Equal(have.Rules, c.Rules) {
			have.used = have.used || c.used
			return list
		}
	}
	copied := *c
	return append(list, &copied)
}

// unusedIgnores are those of the configuration that cover nothing in any file
// that they are about.
func (a *audit) unusedIgnores() []report.Finding {
	var list []report.Finding
	r, _ := report.RuleOf("unused-ignore")
	for _, c := range a.configured {
		if !c.used && a.decides(c.Rules) {
			list = append(list, report.Finding{Rule: r.ID, Level: r.Level, Path: c.Path, Line: c.Line, Column: 1, EndLine: c.Line, EndColumn: 1,
				Message: fmt.Sprintf("the ignore of %s covers no finding (%s)", strings.Join(c.Rules, ", "), c.Reason), Help: "remove it: it would hide the next finding"})
		}
	}
	return list
}

// aboutIgnore says what is wrong with an ignore: that it is past its date and
// would cover something, that it covers nothing, or that it cannot be read.
func (a *audit) aboutIgnore(s *subject, c *covering, all []report.Finding) (report.Finding, bool) {
	rule, message, help := "unused-ignore", "", "remove it: it would hide the next finding"
	switch {
	case c.bad != "":
		message, help = "the comment is not understood, and ignores nothing: "+c.bad, "write "+ignoreForm
	case c.expired(a.options.Now):
		rule = "expired-ignore"
		message = fmt.Sprintf("the ignore of %s ended on %s (%s)", strings.Join(c.Rules, ", "), c.Until.Format(time.DateOnly), c.Reason)
		help = "repair what it covered, or set a new date with a new reason"
		if !slices.ContainsFunc(all, func(f report.Finding) bool { return c.covers(&f, s.logicalLine) }) {
			return report.Finding{}, false
		}
	case c.used, c.line == 0, !a.decides(c.Rules):
		return report.Finding{}, false // those of the configuration may be meant for other files: see unusedIgnores
	default:
		message = fmt.Sprintf("the ignore of %s covers no finding (%s)", strings.Join(c.Rules, ", "), c.Reason)
	}
	r, _ := report.RuleOf(rule)
	f := report.Finding{Rule: rule, Level: r.Level, Path: s.file.Path, Line: c.line, Column: 1, EndLine: c.line, EndColumn: 1, Message: message, Help: help}
	if c.line == 0 {
		f.Path, f.Line, f.EndLine = c.Path, c.Line, c.Line
	}
	return f, true
}

// decides tells whether this command asks every one of the rules.
func (a *audit) decides(rules []string) bool {
	return !slices.ContainsFunc(rules, func(id string) bool {
		r, _ := report.RuleOf(id)
		return a.options.Index == nil && !r.Offline || a.options.Rules != nil && !a.options.Rules(id)
	})
}
