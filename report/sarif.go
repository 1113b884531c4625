package report

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
)

// The types below are the part of SARIF 2.1.0 that we write. They are ours, as
// github.com/owenrumney/go-sarif (3.3) writes byteOffset and charOffset into
// every region, so that one by line and column contradicts itself, and has no
// place for a report that is known when it is written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Automation  sarifID           `json:"automationDetails"`
		Invocations []sarifInvocation `json:"invocations"`
		Columns     string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifID struct {
		ID string `json:"id"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Home    string      `json:"informationUri"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID         string         `json:"id"`
		Short      sarifText      `json:"shortDescription"`
		Full       sarifText      `json:"fullDescription"`
		Help       sarifText      `json:"help"`
		URI        string         `json:"helpUri"`
		Default    sarifLevel     `json:"defaultConfiguration"`
		Properties sarifRuleFacts `json:"properties"`
	}
	sarifRuleFacts struct {
		Tags      []string `json:"tags"`
		Precision string   `json:"precision"`
		Severity  string   `json:"security-severity"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		ExitCode      int                 `json:"exitCode"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Fixes        []sarifFix         `json:"fixes,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn,omitempty"` // absent: to the end of the line
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifBytes   `json:"deletedRegion"`
		Inserted *sarifBinary `json:"insertedContent,omitempty"`
	}
	sarifBytes struct {
		Offset int `json:"byteOffset"`
		Length int `json:"byteLength"`
	}
	sarifBinary struct {
		Binary string `json:"binary"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification,omitempty"`
	}
)

// mostResults is how many results of a run GitHub takes; one more, and it
// refuses them all.
const mostResults = 25_000

// SARIF writes the findings that are left as SARIF 2.1.0. Columns are UTF-16
// code units. Fixes are byte regions with binary content (SARIF 3.57), which
// stands for itself in any encoding. Findings that an ignore covers are
// results with a suppression. What could not be verified is a warning. Past
// GitHub's limit the gravest are kept, and a notification counts the rest.
func SARIF(w io.Writer, r *Report) error {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "reqhash", Version: r.Tool, Home: home}},
		Automation: sarifID{"reqhash/"},
		Columns:    "utf16CodeUnits",
	}
	index := map[string]int{}
	for i, rule := range rules {
		index[rule.ID] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(rule))
	}
	written := map[string]bool{} // files in which fix has moved the bytes
	call := sarifInvocation{Successful: r.Summary.Status != StatusUsage, ExitCode: r.Summary.Status}
	for _, p := range r.Problems {
		call.Notifications = append(call.Notifications, sarifNotification{Level: "error", Message: sarifText{Text: Printable(p)}})
	}
	for _, f := range r.Files {
		written[f.Path] = f.Changed && !r.Patch
		if f.Error != "" {
			call.Notifications = append(call.Notifications, sarifNotification{
				Level:     "error",
				Message:   sarifText{Text: Printable(f.Path + ": " + clip(f.Error))},
				Locations: []sarifLocation{{sarifPhysical{Artifact: sarifArtifact{sarifURI(f.Path)}}}},
			})
		}
	}

	list, more := sarifListed(r)
	if more > 0 {
		call.Notifications = append(call.Notifications, sarifNotification{Level: "warning",
			Message: sarifText{Text: fmt.Sprintf("%d more findings are left out: GitHub takes %d; the JSON has them all", more, mostResults)}})
	}
	s := newJSONStream(w)
	s.object(func() {
		s.key("$schema").value("https://json.schemastore.org/sarif-2.1.0.json")
		s.key("version").value("2.1.0")
		s.key("runs")
		elements(s, slices.Values([]sarifRun{run}), func(run sarifRun) {
			s.object(func() {
				s.key("tool").value(run.Tool)
				s.key("automationDetails").value(run.Automation)
				s.key("invocations").value([]sarifInvocation{call})
				s.key("columnKind").value(run.Columns)
				s.key("results")
				elements(s, pointers(list), func(l *sarifListing) {
					f := l.finding
					result := sarifResult{
						RuleID:       f.Rule,
						RuleIndex:    index[f.Rule],
						Level:        sarifLevelOf(f.Level),
						Message:      sarifText{Text: plainMessage(f.sentence())},
						Locations:    []sarifLocation{{sarifPhysical{sarifArtifact{sarifURI(f.Path)}, sarifRegionOf(f)}}},
						Fingerprints: map[string]string{"reqhash/v1": l.name.String()},
					}
					if !written[f.Path] {
						result.Fixes = sarifFixes(f)
					}
					if l.by != nil {
						result.Suppressions = []sarifSuppression{sarifSuppressionOf(l.by)}
					}
					s.value(&result)
				})
			})
		})
	})
	return s.end()
}

// sarifListing is a finding that becomes a result.
type sarifListing struct {
	finding *Finding
	by      *Suppressed // what an ignore says of it; nil: none covers it
	name    fingerprint
}

// sarifListed are the findings that are written, the gravest first where there
// are more than GitHub takes, and how many more there are.
func sarifListed(r *Report) (list []sarifListing, more int) {
	names := newFingerprints()
	for f := range r.left() {
		list = append(list, sarifListing{f, nil, names.of(f)})
	}
	for i := range r.Suppressed {
		s := &r.Suppressed[i]
		list = append(list, sarifListing{&s.Finding, s, names.of(&s.Finding)})
	}
	if more = len(list) - mostResults; more <= 0 {
		return list, 0
	}
	slices.SortStableFunc(list, func(a, b sarifListing) int {
		return cmp.Compare(gravity(sarifLevelOf(a.finding.Level)), gravity(sarifLevelOf(b.finding.Level)))
	})
	return list[:mostResults], more
}

func sarifRuleOf(rule Rule) sarifRule {
	return sarifRule{
		ID:      rule.ID,
		Short:   sarifText{Text: rule.Summary},
		Full:    sarifText{Text: rule.Summary + " " + rule.Why},
		Help:    sarifText{Text: rule.Why + " " + rule.Fix, Markdown: rule.Why + "\n\n" + rule.Fix + "\n\n[More about " + rule.ID + "](" + rule.URL() + ")"},
		URI:     rule.URL(),
		Default: sarifLevel{sarifLevelOf(rule.Level)},
		Properties: sarifRuleFacts{
			Tags:      []string{"security", "supply-chain", "python"},
			Precision: "very-high",
			Severity:  severity(rule),
		},
	}
}

// severity is the number by which GitHub sorts: above 9 critical, from 7 high,
// from 4 medium, below low.
func severity(rule Rule) string {
	switch {
	case mayBeAttack(rule.ID):
		return "9.5"
	case rule.Level == Error:
		return "7.5"
	case rule.Level == Note:
		return "1.0"
	}
	return "5.0"
}

// sarifLevelOf: SARIF has no level for what could not be verified. As "note" it
// would pass for harmless.
func sarifLevelOf(l Level) string {
	if l == Unverifiable {
		return string(Warning)
	}
	return string(l)
}

func gravity(level string) int { return slices.Index([]string{"error", "warning", "note"}, level) }

// sarifURI is a path as a relative reference, or as a file URL where it is
// absolute.
func sarifURI(p string) string {
	if path.IsAbs(p) {
		return (&url.URL{Scheme: "file", Path: p}).String()
	}
	return (&url.URL{Path: p}).String()
}

// sarifRegionOf is where the token stands. Of a token that goes on over lines we
// have the first line only: its end is that of its last line, or of the one
// before where it takes nothing of the last.
func sarifRegionOf(f *Finding) *sarifRegion {
	if f.Line < 1 {
		return nil
	}
	region := &sarifRegion{StartLine: f.Line, StartColumn: units(f.Excerpt, f.Column), EndLine: max(f.EndLine, f.Line)}
	switch {
	case region.EndLine == f.Line:
		region.EndColumn = max(units(f.Excerpt, f.EndColumn), region.StartColumn)
	case f.EndColumn <= 1:
		region.EndLine--
	}
	return region
}

func sarifFixes(f *Finding) []sarifFix {
	if len(f.Fix) == 0 {
		return nil
	}
	change := sarifChange{Artifact: sarifArtifact{sarifURI(f.Path)}}
	for _, e := range f.Fix {
		replacement := sarifReplacement{Deleted: sarifBytes{e.Start, e.End - e.Start}}
		if e.Text != "" {
			replacement.Inserted = &sarifBinary{base64.StdEncoding.EncodeToString([]byte(e.Text))}
		}
		change.Replacements = append(change.Replacements, replacement)
	}
	return []sarifFix{{sarifText{Text: "reqhash fix"}, []sarifChange{change}}}
}

func sarifSuppressionOf(s *Suppressed) sarifSuppression {
	kind := "external"
	if s.Inline {
		kind = "inSource"
	}
	why := s.Reason
	if s.Until != "" {
		why = strings.TrimSpace(why + " (until " + s.Until + ")")
	}
	return sarifSuppression{kind, "accepted", Printable(clip(why))}
}

// plainMessage takes from a text what SARIF viewers would make a link of
// (3.11.6): brackets with parentheses after them.
func plainMessage(text string) string { return strings.ReplaceAll(text, "](", "] (") }
