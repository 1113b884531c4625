package report

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
)

// rulesPage is docs/rules.md.
func rulesPage() []byte {
	var b bytes.Buffer
	b.WriteString(`# Rules

Made from the table in report/rules.go: ` + "`go test ./report -run TestRulesPage -update`" + ` writes it.

A rule's ID never changes its meaning. Its level can be set in the configuration (` + "`[levels]`" + `, see [configuration](configuration.md)).
An error ends in status 1; so does a warning with ` + "`--strict`" + `; what is not verified ends in 3. ` + "`reqhash lint`" + ` asks the rules that need no index.

| rule | level | index | finds |
| --- | --- | --- | --- |
`)
	for _, r := range Rules() {
		index := "asked"
		if r.Offline {
			index = "not needed"
		}
		fmt.Fprintf(&b, "| [%s](#%[1]s) | %s | %s | %s |\n", r.ID, r.Level, index, r.Summary)
	}
	for _, r := range Rules() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n**Why.** %s\n\n**Example.**\n", r.ID, r.Summary, r.Why)
		if example := r.Example(); strings.HasPrefix(example, "(") {
			fmt.Fprintf(&b, "%s\n", strings.TrimSpace(strings.Trim(example, "()\n")))
		} else {
			fmt.Fprintf(&b, "\n```text\n%s```\n", example)
		}
		fmt.Fprintf(&b, "\n**What to do.** %s\n", r.Fix)
	}
	return b.Bytes()
}

// The page of the rules says what the table says.
func TestRulesPage(t *testing.T) {
	const path = "../docs/rules.md"
	page := rulesPage()
	if *update {
		if err := os.WriteFile(path, page, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, page) {
		t.Error("docs/rules.md is out of step: go test ./report -run TestRulesPage -update writes it")
	}
	for _, r := range Rules() {
		if r.Example() == "" {
			t.Errorf("%s has no example", r.ID)
		}
		if !strings.HasSuffix(r.URL(), "/docs/rules.md#"+r.ID) || !bytes.Contains(page, []byte("\n## "+r.ID+"\n")) {
			t.Errorf("%s leads to no section of the page", r.URL())
		}
	}
	if len(examples) != len(rules) {
		t.Errorf("%d examples for %d rules", len(examples), len(rules))
	}
}
