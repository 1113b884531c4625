package requirements

import (
	"bytes"
	"fmt"
	"strings"
)

// expand replaces ${VAR} by the variable's value (req_file.py,
// expand_env_variables): only upper-case letters, digits and _, an unset or
// empty one stays, and each replacement goes over the whole line, so that a
// value which holds a variable met later on the line is expanded too.
func (r *reader) expand() {
	names := variables(r.b)
	if len(names) == 0 {
		return
	}
	r.vars = true
	if r.f.opts.Getenv == nil {
		return
	}
	grown, work := 0, 0
	for _, name := range names {
		if work += len(r.b); work > maxExpansionWork {
			r.tooLong = true
			return
		}
		value := r.f.opts.Getenv(name)
		if value == "" {
			continue
		}
		old := []byte("${" + name + "}")
		grown += bytes.Count(r.b, old) * max(0, len(value)-len(old))
		if grown > maxExpansion {
			r.tooLong = true
			return
		}
		r.replace(old, value)
	}
}

// variables returns the names in line, in order, with repeats.
func variables(line []byte) []string {
	var names []string
	for {
		i := bytes.Index(line, []byte("${"))
		if i < 0 {
			return names
		}
		line = line[i+2:]
		n := 0
		for n < len(line) && (isWord(line[n]) && (line[n] < 'a' || line[n] > 'z')) {
			n++
		}
		if n > 0 && n < len(line) && line[n] == '}' {
			names = append(names, string(line[:n]))
			line = line[n+1:]
		}
	}
}

// replace puts value for each old in the line and keeps the map: the bytes of
// a value stand for the source of what they replace.
func (r *reader) replace(old []byte, value string) {
	if !bytes.Contains(r.b, old) {
		return
	}
	var out []byte
	var segs []segment
	for o := 0; o < len(r.b); {
		i := bytes.Index(r.b[o:], old)
		stop := len(r.b)
		if i >= 0 {
			stop = o + i
		}
		for o < stop { // literal, in pieces of one segment
			c := r.seg(o)
			s := r.segs[c]
			until := stop
			if c+1 < len(r.segs) {
				until = min(until, int(r.segs[c+1].at)-r.base)
			}
			if !s.variable {
				s.text += int32(o+r.base) - s.at
			}
			s.at = int32(len(out))
			segs = append(segs, s)
			out = append(out, r.b[o:until]...)
			o = until
		}
		if i >= 0 {
			first, last := r.segs[r.seg(o)], r.segs[r.seg(o+len(old)-1)]
			s := segment{at: int32(len(out)), text: first.text, end: last.end, variable: true}
			if !first.variable {
				s.text += int32(o+r.base) - first.at
			}
			if !last.variable {
				s.end = last.text + int32(o+len(old)+r.base) - last.at
			}
			segs = append(segs, s)
			out = append(out, value...)
			o += len(old)
		}
	}
	r.b, r.segs, r.base, r.cursor = out, segs, 0, 0
}

// hide takes the values of variables out of what is shown of a line: a URL,
// unless AllowEnv is set, and the words of an error.
func (r *reader) hide(l *Line) {
	if !r.vars || r.tooLong {
		return
	}
	whole, value := r.raw(0, len(r.b)), l.Shown
	l.Shown = ""
	if whole == string(r.b) {
		return
	}
	if l.Err != nil {
		l.Err = fmt.Errorf("with the values of its variables, %s is nothing that pip takes", quote(whole))
	}
	if !l.Direct || l.Path && l.Kind == Requirement && !strings.Contains(l.URL, ":") {
		return
	}
	if l.Shown = value; l.argsEnd > 0 {
		l.Shown = r.raw(0, int(l.argsEnd))
	}
	if r.f.opts.AllowEnv {
		return
	}
	plain := Line{Content: new(Content)}
	err := error(nil)
	if l.Kind == Requirement {
		err = r.requirement(&plain, l.Shown)
	} else {
		err = r.editable(&plain, l.Shown)
	}
	if err != nil || !plain.Direct { // the variable holds more than a part of the URL
		*plain.Content = Content{URL: l.Shown, Direct: true, VCS: l.VCS, Path: l.Path}
	}
	l.Text, l.URL, l.Name, l.Extras = l.Shown, plain.URL, plain.Name, plain.Extras
	l.Marker, l.Specifier, l.Specifiers = plain.Marker, plain.Specifier, plain.Specifiers
	l.VCS, l.Path = plain.VCS, plain.Path
}
