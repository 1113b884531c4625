package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// GitHub shows so many annotations of each kind for a step, and drops the rest.
const mostAnnotations = 10

// GitHub writes the findings that are left as workflow commands, which become
// annotations: as many of each kind as GitHub shows. A line that counts the
// others ends it; the step summary has them all, see [Markdown]. Notes are
// written only if verbose.
func GitHub(w io.Writer, r *Report, verbose bool) error {
	b := bufio.NewWriter(w)
	for _, p := range r.Problems {
		fmt.Fprintf(b, "::error title=reqhash::%s\n", commandData(Printable(clip(p))))
	}
	told, more := map[string]int{}, 0
	for _, f := range r.Files {
		if f.Error != "" {
			told["error"]++
			fmt.Fprintf(b, "::error file=%s,title=reqhash::%s\n", commandProperty(Printable(f.Path)), commandData(Printable(clip(f.Error))))
		}
	}
	for f := range r.left() {
		if f.Level == Note && !verbose {
			continue
		}
		kind := map[Level]string{Error: "error", Warning: "warning", Note: "notice", Unverifiable: "warning"}[f.Level]
		if told[kind]++; told[kind] > mostAnnotations {
			more++
			continue
		}
		place := fmt.Sprintf("file=%s,line=%d,endLine=%d", commandProperty(Printable(f.Path)), f.Line, max(f.Line, f.EndLine))
		if f.EndLine <= f.Line { // columns of a range of lines are not taken
			place += fmt.Sprintf(",col=%d,endColumn=%d", units(f.Excerpt, f.Column), units(f.Excerpt, f.EndColumn))
		}
		text := Printable(clip(f.Message))
		if f.Help != "" {
			text += "\n" + Printable(clip(f.Help))
		}
		fmt.Fprintf(b, "::%s %s,title=reqhash %s::%s\n", kind, place, commandProperty(Printable(f.Rule)), commandData(text))
	}
	if more > 0 {
		fmt.Fprintf(b, "reqhash: %s than GitHub shows; the step summary has them all\n", count(more, "finding more", "findings more"))
	}
	return b.Flush()
}

// commandData and commandProperty escape as actions/toolkit does
// (core/src/command.ts).
var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace
)
