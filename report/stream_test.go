package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
)

// The types below are JUnit XML as Jenkins and GitLab read it.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		counts               // of all
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name    string      `xml:"name,attr"`
		counts              // of its cases
		Skipped int         `xml:"skipped,attr"`
		Cases   []junitCase `xml:"testcase"`
	}
	counts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
	}
	junitCase struct {
		Name    string       `xml:"name,attr"`
		Class   string       `xml:"classname,attr"`
		Skipped *junitNote   `xml:"skipped"`
		Error   []junitNote  `xml:"error"`
		Failure []junitNote  `xml:"failure"`
		Output  *junitOutput `xml:"system-out"`
	}
	junitNote struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
	junitOutput struct {
		Text string `xml:",chardata"`
	}
)

// jsonWhole is the report as JSON has it.
type jsonWhole struct {
	Schema   int       `json:"schema"`
	Version  string    `json:"version"`
	Summary  Summary   `json:"summary"`
	Files    []File    `json:"files"`
	Findings []Finding `json:"findings"`
}

// What is written piece by piece is what encoding/json and encoding/xml write of
// the whole.
func TestStreams(t *testing.T) {
	many := manyFindings()
	many.Files, many.Findings = many.Files[:3], many.Findings[:3*54]
	for name, r := range map[string]*Report{"hostile": hostileReport(), "many": many, "empty": {}} {
		for format, whole := range map[string]any{"json": new(jsonWhole), "sarif": new(sarifLog), "gitlab": new([]gitlabIssue), "junit": new(junitSuites)} {
			t.Run(name+"/"+format, func(t *testing.T) {
				var out, again bytes.Buffer
				if err := Write(&out, format, r, WriteOptions{}); err != nil {
					t.Fatal(err)
				}
				if format == "junit" {
					if err := xml.Unmarshal(out.Bytes(), whole); err != nil {
						t.Fatal(err)
					}
					again.WriteString(xml.Header)
					e := xml.NewEncoder(&again)
					e.Indent("", "  ")
					if err := e.Encode(whole); err != nil {
						t.Fatal(err)
					}
					again.WriteByte('\n')
				} else {
					if err := json.Unmarshal(out.Bytes(), whole); err != nil {
						t.Fatal(err)
					}
					var b bytes.Buffer
					e := json.NewEncoder(&b)
					e.SetEscapeHTML(false)
					e.SetIndent("", "  ")
					if err := e.Encode(whole); err != nil {
						t.Fatal(err)
					}
					for line := range bytes.Lines(b.Bytes()) {
						again.Write(append(appendInert(nil, bytes.TrimSuffix(line, []byte("\n"))), '\n'))
					}
				}
				got := strings.ReplaceAll(out.String(), `\ufffd`, "\ufffd") // as it is read
				if want := again.String(); got != want {
					t.Errorf("got %s\nwant %s", from(got, want), from(want, got))
				}
			})
		}
	}
}

// from is a text from where it differs from another on.
func from(text, other string) string {
	i := 0
	for i < len(text) && i < len(other) && text[i] == other[i] {
		i++
	}
	return text[max(i-60, 0):min(i+200, len(text))]
}
