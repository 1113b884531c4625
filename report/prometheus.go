package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// Prometheus writes gauges for node_exporter's textfile collector. A service is
// the directory of a file. Verified and unverified are there for every service,
// zero or not, so that an alert can tell none from not measured.
func Prometheus(w io.Writer, r *Report, x SummaryFacts) error {
	services := map[string]bool{}
	verdicts := map[[2]string]int{}
	hashes := map[string]int{}
	for i := range r.Files {
		f := &r.Files[i]
		service, listed := serviceOf(f.Path), 0
		services[service] = true
		for list := f.Requirements; len(list) > 0; { // most have the verdict of the one before
			n := 0
			for ; n < len(list) && list[n].Verdict == list[0].Verdict; n++ {
				listed += list[n].Listed
			}
			if list[0].Verdict != "" {
				verdicts[[2]string{service, string(list[0].Verdict)}] += n
			}
			list = list[n:]
		}
		hashes[service] += listed
	}
	findings := map[[3]string]int{}
	for f := range r.left() {
		findings[[3]string{serviceOf(f.Path), f.Rule, string(f.Level)}]++
	}
	for service := range services {
		for _, v := range []Verdict{Verified, Unverified} {
			verdicts[[2]string{service, string(v)}] += 0
		}
	}

	b := bufio.NewWriter(w)
	gauge := func(name, help string) { fmt.Fprintf(b, "# HELP %s %s\n# TYPE %[1]s gauge\n", name, help) }
	gauge("reqhash_findings", "Findings that are left, by service, rule and level.")
	for _, k := range slices.SortedFunc(maps.Keys(findings), func(a, b [3]string) int { return slices.Compare(a[:], b[:]) }) {
		fmt.Fprintf(b, "reqhash_findings{service=%s,rule=%s,level=%s} %d\n", label(k[0]), label(k[1]), label(k[2]), findings[k])
	}
	gauge("reqhash_requirements", "Requirements by service and verdict.")
	for _, k := range slices.SortedFunc(maps.Keys(verdicts), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		fmt.Fprintf(b, "reqhash_requirements{service=%s,verdict=%s} %d\n", label(k[0]), label(k[1]), verdicts[k])
	}
	gauge("reqhash_hashes", "Hashes that pip reads, by service.")
	for _, service := range slices.Sorted(maps.Keys(services)) {
		fmt.Fprintf(b, "reqhash_hashes{service=%s} %d\n", label(service), hashes[service])
	}
	gauge("reqhash_oldest_answer_age_seconds", "Age of the oldest answer of an index that the run relied on.")
	fmt.Fprintf(b, "reqhash_oldest_answer_age_seconds %g\n", x.Oldest.Seconds())
	gauge("reqhash_exit_status", "Exit status: 0 all is verified, 1 findings, 2 wrong usage, 3 something could not be verified.")
	fmt.Fprintf(b, "reqhash_exit_status %d\n", r.Summary.Status)
	return b.Flush()
}

func serviceOf(p string) string { return path.Dir(p) }

// label quotes a label's value as the text format has it.
func label(s string) string {
	return `"` + labelText(Printable(s)) + `"`
}

var labelText = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace
