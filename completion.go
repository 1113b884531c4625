package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/reqhash/reqhash/report"
)

var shells = []string{"bash", "zsh", "fish"}

// runCompletion prints a script that makes a shell complete commands, flags and
// their values. It is made from the flags themselves.
func runCompletion(_ context.Context, _ *settings, args []string, w world) (int, error) {
	if len(args) != 1 {
		return 0, usagef("completion takes one shell: %s", oneOf(shells))
	}
	write := map[string]func(io.Writer){"bash": completeBash, "zsh": completeZsh, "fish": completeFish}[args[0]]
	if write == nil {
		return 0, usagef("there is no completion for %q%s; expected %s", args[0], suggestion(args[0], shells), oneOf(shells))
	}
	write(w.stdout)
	return report.StatusOK, nil
}

// flagsOf returns the flags of a command, in the order in which help has them.
func flagsOf(c command) []*pflag.Flag {
	var list []*pflag.Flag
	if c.flags == nil {
		return nil
	}
	set := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	set.SortFlags = false
	c.flags(new(settings), set)
	set.VisitAll(func(f *pflag.Flag) { list = append(list, f) })
	return list
}

// valuesOf returns the words that a flag takes; nil where any will do.
func valuesOf(flag string) []string {
	switch flag {
	case "format":
		return formatNames()
	case "output":
		var list []string
		for _, f := range formatNames() {
			list = append(list, f+"=")
		}
		return list
	case "color", "progress":
		return colors
	case "select", "ignore":
		return ruleIDs()
	}
	return nil
}

// wordsOf returns what a command takes instead of files; nil: files.
func wordsOf(name string) []string {
	switch name {
	case "completion":
		return shells
	case "explain":
		return ruleIDs()
	}
	return nil
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

// completeBash: bash splits words at = and hands them over one by one.
func completeBash(w io.Writer) {
	fmt.Fprintf(w, `# bash completion for reqhash: source <(reqhash completion bash)
_reqhash() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= flag= words= i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} != -* ]]; then
            command=${COMP_WORDS[i]}
            break
        fi
    done
    if [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    elif [[ $cur == = ]]; then
        cur=
    fi
    if [[ -z $command ]]; then
        COMPREPLY=($(compgen -W '%s help' -- "$cur"))
        return
    fi
    case $prev in
`, strings.Join(commandNames(), " "))
	seen := map[string]bool{}
	for _, c := range commands() {
		for _, f := range flagsOf(c) {
			if values := valuesOf(f.Name); values != nil && !seen[f.Name] {
				seen[f.Name] = true
				fmt.Fprintf(w, "        --%s) words='%s' ;;\n", f.Name, strings.Join(values, " "))
			}
		}
	}
	fmt.Fprint(w, `    esac
    if [[ -n $words ]]; then
        if [[ $cur == *,* ]]; then
            COMPREPLY=($(compgen -P "${cur%,*}," -W "$words" -- "${cur##*,}"))
        else
            COMPREPLY=($(compgen -W "$words" -- "$cur"))
        fi
        [[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace
        return
    fi
    case $command in
`)
	for _, c := range commands() {
		var flags []string
		for _, f := range flagsOf(c) {
			flags = append(flags, "--"+f.Name)
		}
		fmt.Fprintf(w, "        %s) flag='%s' words='%s' ;;\n", c.name, strings.Join(append(flags, "--help"), " "), strings.Join(wordsOf(c.name), " "))
	}
	fmt.Fprintf(w, `        help) words='%s flags' ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$flag" -- "$cur"))
    elif [[ -n $words ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
    fi
}
complete -o default -F _reqhash reqhash
`, strings.Join(commandNames(), " "))
}

func completeZsh(w io.Writer) {
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`).Replace
	fmt.Fprint(w, `#compdef reqhash
# zsh completion for reqhash: source <(reqhash completion zsh), or a file _reqhash in fpath
_reqhash() {
    local -a commands
    commands=(
`)
	for _, c := range commands() {
		fmt.Fprintf(w, "        '%s:%s'\n", c.name, quote(c.short))
	}
	fmt.Fprint(w, `        'help:explain a command'
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
`)
	for _, c := range commands() {
		fmt.Fprintf(w, "        %s)\n            _arguments -s \\\n", c.name)
		for _, f := range flagsOf(c) {
			kind, usage := pflag.UnquoteUsage(f)
			repeat, value := "", ""
			if strings.HasSuffix(f.Value.Type(), "Array") || strings.HasSuffix(f.Value.Type(), "Slice") {
				repeat = "*"
			}
			switch values := valuesOf(f.Name); {
			case f.Name == "output":
				value = fmt.Sprintf(`:%s:_values -S = FORMAT %s`, kind, strings.Join(formatNames(), `\:path\:_files `)+`\:path\:_files`)
			case f.Name == "select" || f.Name == "ignore":
				value = fmt.Sprintf(":%s:_values -s , RULE %s", quote(kind), strings.Join(values, " "))
			case values != nil:
				value = fmt.Sprintf(":%s:(%s)", quote(kind), strings.Join(values, " "))
			case f.Value.Type() != "bool":
				value = fmt.Sprintf(":%s:_files", quote(kind))
			}
			sign := "="
			if f.Value.Type() == "bool" {
				sign = ""
			}
			fmt.Fprintf(w, "                '%s--%s%s[%s]%s' \\\n", repeat, f.Name, sign, quote(usage), value)
			if f.Shorthand != "" {
				fmt.Fprintf(w, "                '-%s[%s]%s' \\\n", f.Shorthand, quote(usage), value)
			}
		}
		rest := "_files"
		if words := wordsOf(c.name); words != nil {
			rest = "(" + strings.Join(words, " ") + ")"
		}
		fmt.Fprintf(w, "                '*:%s:%s'\n            ;;\n", strings.ToLower(strings.Trim(strings.Fields(c.args + " path")[0], "[]")), rest)
	}
	fmt.Fprintf(w, `        help) _values command %s flags ;;
    esac
}
if [[ $funcstack[1] == _reqhash ]]; then
    _reqhash "$@"
else
    compdef _reqhash reqhash
fi
`, strings.Join(commandNames(), " "))
}

func completeFish(w io.Writer) {
	quote := strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace
	fmt.Fprint(w, "# fish completion for reqhash: reqhash completion fish | source\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "complete -c reqhash -n __fish_use_subcommand -f -a %s -d '%s'\n", c.name, quote(c.short))
	}
	fmt.Fprint(w, "complete -c reqhash -n __fish_use_subcommand -f -a help -d 'explain a command'\n")
	fmt.Fprintf(w, "complete -c reqhash -n '__fish_seen_subcommand_from help' -f -a '%s flags'\n", strings.Join(commandNames(), " "))
	for _, c := range commands() {
		in := fmt.Sprintf("complete -c reqhash -n '__fish_seen_subcommand_from %s'", c.name)
		if words := wordsOf(c.name); words != nil {
			fmt.Fprintf(w, "%s -f -a '%s'\n", in, strings.Join(words, " "))
		}
		for _, f := range flagsOf(c) {
			_, usage := pflag.UnquoteUsage(f)
			line := in + " -l " + f.Name
			if f.Shorthand != "" {
				line += " -s " + f.Shorthand
			}
			switch values := valuesOf(f.Name); {
			case values != nil:
				line += fmt.Sprintf(" -x -a '%s'", strings.Join(values, " "))
			case f.Value.Type() != "bool":
				line += " -r"
			}
			fmt.Fprintf(w, "%s -d '%s'\n", line, quote(usage))
		}
	}
}
