package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A duration is Go's, or a number of seconds; none is no time at all.
func TestDuration(t *testing.T) {
	for _, c := range []struct {
		s    string
		want time.Duration // 0: refused
	}{
		{"30", 30 * time.Second},
		{"0.5", 500 * time.Millisecond},
		{"1e2", 100 * time.Second},
		{"2m", 2 * time.Minute},
		{"1h30m", 90 * time.Minute},
		{"250ms", 250 * time.Millisecond},
		{"0", 0}, {"0s", 0}, {"-1", 0}, {"-1s", 0}, {"", 0}, {"soon", 0}, {"NaN", 0}, {"Inf", 0}, {"1e300", 0}, {"3 s", 0},
	} {
		var d duration
		if err := d.Set(c.s); (err != nil) != (c.want == 0) || time.Duration(d) != c.want {
			t.Errorf("Set(%q) = %v, %v; want %v", c.s, time.Duration(d), err, c.want)
		}
	}
}

func TestPositive(t *testing.T) {
	for _, c := range []struct {
		s    string
		want int // 0: refused
	}{{"1", 1}, {"64", 64}, {"0", 0}, {"-3", 0}, {"", 0}, {"many", 0}, {"1.5", 0}, {"99999999999999999999", 0}} {
		var n positive
		if err := n.Set(c.s); (err != nil) != (c.want == 0) || int(n) != c.want {
			t.Errorf("Set(%q) = %v, %v; want %v", c.s, n, err, c.want)
		}
	}
}

// The flag beats the variables, these beat the terminal.
func TestColored(t *testing.T) {
	for _, c := range []struct {
		color    string
		terminal bool
		env      map[string]string
		want     bool
	}{
		{"auto", false, nil, false},
		{"auto", true, nil, true},
		{"always", false, map[string]string{"NO_COLOR": "1"}, true},
		{"never", true, map[string]string{"FORCE_COLOR": "1"}, false},
		{"auto", true, map[string]string{"NO_COLOR": "1"}, false},
		{"auto", true, map[string]string{"NO_COLOR": ""}, true},
		{"auto", false, map[string]string{"FORCE_COLOR": "1"}, true},
		{"auto", false, map[string]string{"FORCE_COLOR": "1", "NO_COLOR": "1"}, true},
		{"auto", false, map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{"auto", false, map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{"auto", false, map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
		{"auto", true, map[string]string{"CLICOLOR": "0"}, false},
		{"auto", true, map[string]string{"TERM": "dumb"}, false},
	} {
		s := settings{color: c.color}
		if got := s.colored(c.terminal, func(key string) string { return c.env[key] }); got != c.want {
			t.Errorf("--color %s, terminal %v, %v: %v, want %v", c.color, c.terminal, c.env, got, c.want)
		}
	}
}

// Standard output comes first; each further format has its file.
func TestWritten(t *testing.T) {
	for _, c := range []struct {
		format  string
		outputs []string
		want    []output // nil: refused
	}{
		{"text", nil, []output{{"text", "-"}}},
		{"json", []string{"text=a.txt", "json=b=c.json"}, []output{{"json", "-"}, {"text", "a.txt"}, {"json", "b=c.json"}}},
		{"text", []string{"json=-"}, []output{{"json", "-"}}},
		{"yaml", nil, nil},
		{"text", []string{"json"}, nil},
		{"text", []string{"json="}, nil},
		{"text", []string{"=a"}, nil},
		{"text", []string{"xml=a.xml"}, nil},
	} {
		s := settings{format: c.format, outputs: c.outputs, color: "auto", progress: "auto"}
		if got, err := s.written(); !slices.Equal(got, c.want) || (err != nil) != (c.want == nil) {
			t.Errorf("--format %s --output %q: %v, %v; want %v", c.format, c.outputs, got, err, c.want)
		}
	}
}

// A variable is a flag that was not given.
func TestFromEnvironment(t *testing.T) {
	folder(t, map[string]string{"requirements.txt": "six\n"})
	for _, c := range []struct {
		env    []string
		args   []string
		status int
	}{
		{nil, nil, 0},
		{[]string{"REQHASH_FORMAT=json"}, nil, 0},
		{[]string{"REQHASH_FORMAT=yaml"}, nil, 2},
		{[]string{"REQHASH_FORMAT=yaml"}, []string{"--format", "json"}, 0},
		{[]string{"REQHASH_STDIN_FILENAME="}, nil, 0},
		{[]string{"REQHASH_QUIET=perhaps"}, nil, 2},
	} {
		if got := reqhash(t, c.env, append([]string{"list"}, c.args...)...); got.status != c.status {
			t.Errorf("%q list %q: %+v, want status %d", c.env, c.args, got, c.status)
		}
	}
}

// The nearest word within two edits is suggested.
func TestSuggestion(t *testing.T) {
	known := []string{"check", "fix", "lint", "list"}
	for _, c := range []struct{ word, want string }{
		{"chek", "check"}, {"lnit", "lint"}, {"fixx", "fix"}, {"zzz", ""}, {"explain", ""},
	} {
		want := ""
		if c.want != "" {
			want = fmt.Sprintf("; did you mean %q?", c.want)
		}
		if got := suggestion(c.word, known); got != want {
			t.Errorf("suggestion(%q) = %q, want %q", c.word, got, want)
		}
	}
}
