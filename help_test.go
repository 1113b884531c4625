package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Help fits a terminal of 80 by 24, and every flag is in it.
func TestHelpFits(t *testing.T) {
	for _, args := range append([]string{""}, commandNames()...) {
		status, out, stderr := inProcess(t, nil, strings.Fields("help "+args)...)
		if status != 0 || stderr != "" {
			t.Errorf("help %s: status %d, %s", args, status, stderr)
		}
		if n := strings.Count(out, "\n"); n > 24 {
			t.Errorf("help %s has %d lines:\n%s", args, n, out)
		}
		for line := range strings.Lines(out) {
			if len(strings.TrimRight(line, "\n")) > screen {
				t.Errorf("help %s: %q is longer than a line", args, line)
			}
		}
	}
	_, all, _ := inProcess(t, nil, "help", "flags")
	for _, c := range commands() {
		_, own, _ := inProcess(t, nil, "help", c.name)
		for _, f := range flagsOf(c) {
			if !strings.Contains(own, "--"+f.Name) || !strings.Contains(all, "--"+f.Name) {
				t.Errorf("%s: --%s is not in help", c.name, f.Name)
			}
		}
		if len(flagsOf(c)) > 0 && c.example == "" {
			t.Errorf("help %s has no example", c.name)
		}
	}
	for line := range strings.Lines(all) {
		if len(strings.TrimRight(line, "\n")) > screen {
			t.Errorf("help flags: %q is longer than a line", line)
		}
	}
}

// What the shells themselves make of the scripts.
func TestCompletion(t *testing.T) {
	bin := built(t)
	path := "PATH=" + filepath.Dir(bin) + ":/usr/bin:/bin"
	tests := []struct{ typed, want string }{
		{"reqhash chec", "reqhash check"},
		{"reqhash check --form", "--format"},
		{"reqhash check --format mark", "markdown"},
		{"reqhash check --output sar", "sarif="},
		{"reqhash check --select missing-h", "missing-hash"},
		{"reqhash fix --require-h", "--require-hashes"},
		{"reqhash completion fi", "fish"},
		{"reqhash list go.mo", "go.mod"},
	}
	t.Run("fish", func(t *testing.T) {
		fish := needs(t, "fish")
		for _, test := range tests {
			cmd := exec.Command(fish, "-N", "-c", "reqhash completion fish | source; complete -C '"+test.typed+"'")
			cmd.Env = append(cmd.Environ(), path)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), test.want[strings.LastIndex(test.want, " ")+1:]) {
				t.Errorf("%q gives %q, want %q (%v)", test.typed, out, test.want, err)
			}
		}
	})
	start := map[string]string{
		"bash": "bash --norc",
		"zsh":  "zsh -f",
	}
	setup := map[string]string{
		"bash": "source <(reqhash completion bash); clear",
		"zsh":  "PS1='$ '; autoload -U compinit; compinit -u -D; source <(reqhash completion zsh); clear",
	}
	for shell := range start {
		t.Run(shell, func(t *testing.T) {
			needs(t, shell)
			needs(t, "tmux")
			for _, test := range tests {
				term := newTerminal(t, 100, "env "+path+" "+start[shell])
				term.do("send-keys", setup[shell]+"; echo $((40+2))", "Enter")
				term.screen("42", false)
				term.do("send-keys", test.typed, "Tab")
				term.screen(test.typed[:strings.LastIndex(test.typed, " ")+1]+test.want[strings.LastIndex(test.want, " ")+1:], false)
			}
		})
	}
	for _, shell := range []string{"", "tcsh", "bash zsh"} {
		if status, _, stderr := inProcess(t, nil, strings.Fields("completion "+shell)...); status != 2 || !strings.Contains(stderr, "bash, zsh or fish") {
			t.Errorf("completion %q: status %d, %s", shell, status, stderr)
		}
	}
}
