package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What the README shows as the output of a command is what the command gives.
// With -update it is written there.
func TestReadme(t *testing.T) {
	src, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```console\n\\$ reqhash ([^\n]*)\n(.*?)```")
	shown := 0
	after := block.ReplaceAllStringFunc(string(src), func(found string) string {
		shown++
		args := block.FindStringSubmatch(found)[1]
		got := reqhash(t, nil, strings.Fields(args)...)
		return "```console\n$ reqhash " + args + "\n" + got.stdout + strings.Replace(got.stderr, "; 0s", "; 24ms", 1) + "```"
	})
	switch {
	case shown == 0:
		t.Error("README.md shows no command")
	case after == string(src):
	case *update:
		if err := os.WriteFile("README.md", []byte(after), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("README.md shows what is not so; go test -run TestReadme . -update writes it:\n%s", after)
	}
}
