package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// screen is how wide help is, in columns.
const screen = 80

func help(w io.Writer) {
	fmt.Fprint(w, "reqhash audits the hashes of Python requirements files.\n\nUsage: reqhash COMMAND [FLAG ...] [PATH ...]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-11s %s\n", c.name, c.short)
	}
	fmt.Fprint(w, `
PATH is a requirements file, or a directory that is searched for them; none
means the directory you are in, - is standard input.

Exit status: 0 everything is verified, 1 findings, 2 wrong usage, 3 something
could not be verified. "reqhash help COMMAND" shows examples and flags of a
command, "reqhash help flags" every flag.
`)
}

// often are the flags that the help of a command explains, those that are asked
// for most often first, as far as the screen goes. It names the others.
var often = []string{"diff", "complete", "require-hashes", "replace-unknown", "repair", "package", "index-url", "format", "output", "verbose",
	"project", "target", "select", "ignore", "strict", "baseline", "diff-base", "offline", "quiet", "config", "extra-index-url", "exit-zero"}

// help writes at most as many lines as a screen has.
func (c command) help(w io.Writer, flags *pflag.FlagSet) {
	const lines = 24
	text := c.helpWith(flags, 0)
	for n := range often {
		more := c.helpWith(flags, n+1)
		if strings.Count(more, "\n") > lines {
			break
		}
		text = more
	}
	io.WriteString(w, text)
}

// usage is what may follow a command's name.
func (c command) usage(flags *pflag.FlagSet) string {
	usage := ""
	if flags.HasFlags() {
		usage = " [FLAG ...]"
	}
	if c.args != "" {
		usage += " " + c.args
	}
	return usage
}

// helpWith explains so many of the flags that are used often.
func (c command) helpWith(flags *pflag.FlagSet, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "reqhash %s: %s\nUsage: reqhash %s%s\n", c.name, c.short, c.name, c.usage(flags))
	if c.example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", c.example)
	}
	var shown []*pflag.Flag
	var rest []string
	flags.VisitAll(func(f *pflag.Flag) {
		if slices.Contains(often[:n], f.Name) {
			shown = append(shown, f)
		} else {
			rest = append(rest, "--"+f.Name)
		}
	})
	if len(shown) > 0 {
		b.WriteString("\nFlags:\n")
		explainFlags(&b, shown)
	}
	if len(rest) > 0 {
		for _, line := range wrapped(`"reqhash help flags" explains `+strings.Join(rest, " "), screen-2) {
			b.WriteString("  " + line + "\n")
		}
	}
	return b.String()
}

// helpFlags explains every flag of every command.
func helpFlags(w io.Writer) {
	fmt.Fprint(w, "Each flag can be given as a variable: REQHASH_INDEX_URL is --index-url.\n")
	var before []string
	for _, c := range commands() {
		if c.flags == nil {
			continue
		}
		var flags []*pflag.Flag
		set := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		set.SortFlags = false
		c.flags(new(settings), set)
		set.VisitAll(func(f *pflag.Flag) {
			if !slices.Contains(before, f.Name) {
				before = append(before, f.Name)
				flags = append(flags, f)
			}
		})
		if len(flags) > 0 {
			fmt.Fprintf(w, "\n%s:\n", takers(flags[0].Name))
			explainFlags(w, flags)
		}
	}
}

// takers names the commands that take a flag.
func takers(flag string) string {
	var names []string
	for _, c := range commands() {
		if c.flags == nil {
			continue
		}
		set := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		c.flags(new(settings), set)
		if set.Lookup(flag) != nil {
			names = append(names, "reqhash "+c.name)
		}
	}
	return strings.Join(names, ", ")
}

// explainFlags writes a flag a line, or more where it needs them.
func explainFlags(w io.Writer, flags []*pflag.Flag) {
	const column = 25 // where explanations begin
	for _, f := range flags {
		kind, usage := pflag.UnquoteUsage(f)
		head := "      --" + f.Name
		if f.Shorthand != "" {
			head = "  -" + f.Shorthand + ", --" + f.Name
		}
		if f.Value.Type() != "bool" {
			head += " " + kind
		}
		if d := f.DefValue; d != "" && d != "false" && d != "[]" && d != "0" {
			usage += " (default " + d + ")"
		}
		lines := wrapped(usage, screen-column)
		if len(head) >= column-1 {
			fmt.Fprintln(w, head)
			head = ""
		}
		for _, line := range lines {
			fmt.Fprintf(w, "%-*s%s\n", column, head, line)
			head = ""
		}
	}
}

// wrapped breaks a text at blanks into lines of at most so many bytes.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
