package audit

import (
	"fmt"
	"strings"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// judgeTargets says of each right list whether something in it can be installed
// on every target of the run.
func (a *audit) judgeTargets(v *view) {
	for _, t := range v.targets {
		p := a.pipRun(v, t, a.options.Pip)
		if _, stop := p.parse(); stop {
			return // pip stops before it installs anything; that is another finding
		}
		for e := range v.entries() {
			j, l := e.judgement(), e.of()
			if e.constraint || j == nil || j.release == nil || j.release.direct || l.Kind != requirements.Requirement || len(l.Hashes) == 0 {
				continue
			}
			if j.verdict != report.Verified && j.verdict != report.Foreign {
				continue
			}
			if m := markerOf(l.Content); !m.IsZero() && !m.Evaluate(p.env, nil) {
				continue
			}
			a.judgeTarget(p, e, j)
		}
	}
}

func (a *audit) judgeTarget(p *pipRun, e entry, j *judgement) {
	l := e.of()
	hashes := listedHashes(l)
	project := packaging.NormalizeName(l.Name)
	candidates := p.choose(project, j.release.files(), l.Specifiers, hashes)
	f := e.s.about("no-installable-hash", j)
	if len(candidates) == 0 {
		f.Message = fmt.Sprintf("%s: the release has no file that can be installed on %s%s", e.title(), p.target, j.release.requiresPython(p.target))
		f.Help = "pin a release that has, or leave the target out"
		e.s.say(f)
		return
	}
	best := candidates[0].file
	matches, known := hashes.match(best, a.releases.elsewhere)
	if matches || !known {
		return
	}
	f.Message = fmt.Sprintf("%s: no listed hash can be installed on %s; %s is not listed", e.title(), p.target, best.Name)
	f.Help = `"reqhash fix --complete" adds the files that are not listed`
	if d, ok := best.Digest(packaging.SHA256); ok {
		f.Fix = report.Edits(e.s.edits(e.line, append(l.Digests(), d)))
	}
	e.s.say(f)
}

// requiresPython says which Python the files of the release demand, where that
// is what keeps them off a target.
func (r *release) requiresPython(t packaging.Target) string {
	for _, f := range r.files() {
		if f.RequiresPython == "" {
			continue
		}
		if s, err := packaging.ParseSpecifiers(f.RequiresPython); err == nil && !s.Contains(t.PythonVersion()) {
			return fmt.Sprintf(" (it needs Python %s)", strings.TrimSpace(f.RequiresPython))
		}
	}
	return ""
}
