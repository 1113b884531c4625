package pypi

import (
	"fmt"
	"strings"
)

// Netrc reads a netrc file as Python's netrc module does, which pip asks:
// tokens parted by blanks, in "quotes" where they hold some, # comments where
// a machine or a key could stand, macdef up to a blank line. The entry
// "default" is left out: it would hand its password to any host that a
// requirements file names. The last entry of a host counts.
//
// A library was tried for it and left: it panics on a file that ends in
// "machine", takes a password that reads "default" for an entry, and runs gpg.
func Netrc(src []byte) (Credentials, error) {
	t := tokens{rest: string(src)}
	type login struct{ user, password string }
	machines := map[string]login{}
	for {
		word, ok := t.next(true)
		if !ok {
			break
		}
		switch word {
		case "machine", "default":
			var host string
			if word == "machine" {
				if host, ok = t.next(false); !ok {
					return nil, fmt.Errorf("line %d: a machine without a name", t.line+1)
				}
			}
			one, err := t.entry()
			if err != nil {
				return nil, err
			}
			if host != "" {
				machines[strings.ToLower(host)] = login{one["login"], one["password"]}
			}
		case "macdef":
			t.skipMacro()
		default:
			// The word may be a password in the wrong place: it is not shown.
			return nil, fmt.Errorf("line %d: a word that is neither machine, default nor macdef", t.line+1)
		}
	}
	return func(host string) (string, string, bool) {
		one, ok := machines[host]
		return one.user, one.password, ok
	}, nil
}

// tokens cuts a netrc file into words.
type tokens struct {
	rest string
	line int // of what comes next, from 0
}

// next returns the next word; comments says that one may stand here.
func (t *tokens) next(comments bool) (string, bool) {
	for t.rest != "" {
		switch c := t.rest[0]; {
		case c == '\n':
			t.line++
			t.rest = t.rest[1:]
		case c == ' ' || c == '\t' || c == '\r':
			t.rest = t.rest[1:]
		case c == '#' && comments:
			end := strings.IndexByte(t.rest, '\n')
			if end < 0 {
				end = len(t.rest)
			}
			t.rest = t.rest[end:]
		default:
			return t.word(), true
		}
	}
	return "", false
}

func (t *tokens) word() string {
	var b strings.Builder
	quoted := t.rest[0] == '"'
	i := 0
	if quoted {
		i++
	}
	for ; i < len(t.rest); i++ {
		c := t.rest[i]
		switch {
		case c == '\\' && i+1 < len(t.rest):
			i++
			c = t.rest[i]
		case quoted && c == '"':
			t.rest = t.rest[i+1:]
			return b.String()
		case !quoted && strings.IndexByte(" \t\r\n", c) >= 0:
			t.rest = t.rest[i:]
			return b.String()
		}
		if c == '\n' {
			t.line++
		}
		b.WriteByte(c)
	}
	t.rest = ""
	return b.String()
}

// entry reads what follows the name of a machine, up to the next one.
func (t *tokens) entry() (map[string]string, error) {
	entry := map[string]string{}
	for {
		before := *t
		word, ok := t.next(true)
		switch {
		case !ok:
			return entry, nil
		case word == "machine", word == "default", word == "macdef":
			*t = before
			return entry, nil
		case word == "user":
			word = "login"
		case word == "login", word == "password", word == "account":
		default:
			return nil, fmt.Errorf("line %d: a word that is neither login, password nor account", t.line+1)
		}
		value, ok := t.next(false)
		if !ok {
			return nil, fmt.Errorf("line %d: a %s without a value", t.line+1, word)
		}
		entry[word] = value
	}
}

// skipMacro goes on behind the blank line that ends a macro.
func (t *tokens) skipMacro() {
	end := strings.Index(t.rest, "\n\n")
	if end < 0 {
		t.rest = ""
		return
	}
	t.line += strings.Count(t.rest[:end+2], "\n")
	t.rest = t.rest[end+2:]
}
