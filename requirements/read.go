package requirements

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Read reads a requirements file. It opens nothing and follows no include. The
// result is never nil; what pip refuses is in File.Err and Line.Err.
func Read(path string, src []byte, opts ReadOptions) *File {
	return read(path, src, opts, false)
}

// read is Read; general reads every line in general.
func read(path string, src []byte, opts ReadOptions, general bool) *File {
	if opts.Dir == "" {
		opts.Dir = "/"
	}
	f := &File{Path: path, src: src, opts: opts}
	if len(src) > maxFileSize {
		f.Err = fmt.Errorf("larger than %d MiB, the most this program reads", maxFileSize>>20)
		return f
	}
	if f.Err = f.decode(); f.Err != nil {
		f.text = nil
		return f
	}
	if f.unseen && general {
		f.Err = f.settle(0)
	}
	r := newReader(f, general)
	r.prepare()
	f.Lines, f.Faults = r.lines, r.faults
	r.lineAfterLine()
	r.lines, r.faults = f.Lines, f.Faults // perhaps larger than they were
	if f.Lines, f.Faults = nil, nil; f.Err != nil {
		f.text = nil
	} else {
		f.Lines, f.Faults = append(f.Lines, r.lines...), append(f.Faults, r.faults...)
		f.summarize()
	}
	r.release()
	return f
}

// lineAfterLine reads all of a file.
func (r *reader) lineAfterLine() {
	f := r.f
	w := witness{r: r, f: f}
	var p parsed
	for f.Err == nil {
		n := len(f.Lines)
		f.Lines = append(f.Lines, Line{})
		l := &f.Lines[n]
		if r.pinned(l) {
			w.clean(l)
			continue
		}
		if r.settle(); f.Err != nil {
			return
		}
		if !r.next() {
			f.Lines = f.Lines[:n]
			break
		}
		l.Content, l.First = r.content(), r.first
		r.read(l, &p)
		w.look(l, &p)
	}
	if f.Err == nil {
		w.finish()
	}
}

// summarize notes which lines decide what a run reads.
func (f *File) summarize() {
	f.firstHash = len(f.Lines)
	for i := range f.Lines {
		l := &f.Lines[i]
		if l.Kind != Requirement {
			f.others = append(f.others, int32(i))
		} else if i < f.firstHash && len(l.Hashes) > 0 {
			f.firstHash = i
		}
	}
}

// content returns room for what a line says.
func (r *reader) content() *Content {
	n := len(r.contents)
	if n == cap(r.contents) {
		r.contents, n = make([]Content, 0, 32), 0
	}
	r.contents = r.contents[:n+1]
	return &r.contents[n]
}

// unused takes the last content back.
func (r *reader) unused() {
	n := len(r.contents) - 1
	r.contents[n] = Content{}
	r.contents = r.contents[:n]
}

// read fills l from the line at hand: req_file.py, get_line_parser,
// ParsedLine, _parse_and_recurse and handle_line.
func (r *reader) read(l *Line, out *parsed) {
	out.reset()
	b := r.b
	l.Span = r.span(0, len(b))
	r.lineStart, r.aside = l.Start, nil
	l.Last = r.first + r.seg(len(b)-1)
	if r.vars {
		l.Variables = true
		l.Last = r.physical(l.End - 1)
	}
	r.cursor = 0
	if r.tooLong {
		l.Kind = Option
		l.Err = fmt.Errorf("its variables would make it more than %d MiB longer, or are too many", maxExpansion>>20)
		return
	}
	args, p := breakArgs(b)
	l.argsEnd = int32(len(args))
	if p < len(b) {
		l.Err = r.parseOptions(out, p)
	}
	if l.Err != nil {
		r.drop(out.hashes)
		l.Kind = Option
		if len(args) > 0 {
			l.Kind, l.Text = Requirement, r.keep(args, 0)
		}
		r.hide(l)
		return
	}
	r.classify(l, args, out)
	r.hide(l)
	if l.Kind == Requirement {
		n := len(r.hashes)
		l.Hashes, l.aside = r.hashes[n-out.hashes:n:n], r.aside
	} else {
		r.drop(out.hashes)
	}
}

// keep returns b, and spaces behind it, as a string that shares its memory with
// those before.
func (r *reader) keep(b []byte, spaces int) string {
	n, all := r.texts.Len(), len(b)+max(spaces, 0)
	if r.texts.Cap()-n < all {
		r.texts = strings.Builder{}
		r.texts.Grow(r.room(4<<10, all))
		n = 0
	}
	r.texts.Write(b)
	for range spaces {
		r.texts.WriteByte(' ')
	}
	return r.texts.String()[n:]
}

// physical returns the number of the physical line, from 1, that holds a
// source offset, counting on from the reader's own line.
func (r *reader) physical(source int) int {
	line, _ := r.f.Position(source)
	return line
}

// breakArgs splits the line at the first word that starts with -, words being
// what stands between single spaces (req_file.py, break_args_options). p is
// where the option text starts.
func breakArgs(b []byte) (args []byte, p int) {
	if b[0] == '-' {
		return nil, 0
	}
	for i := 0; ; {
		j := bytes.IndexByte(b[i:], '-')
		if j < 0 {
			return b, len(b)
		}
		i += j
		if b[i-1] == ' ' {
			return b[:i-1], i
		}
		i++
	}
}

// classify decides what the line is and keeps the options that count on it.
func (r *reader) classify(l *Line, args []byte, out *parsed) {
	first := func(name string) *given {
		for i := range out.given {
			if out.given[i].name == name {
				return &out.given[i]
			}
		}
		return nil
	}
	if len(out.given) == 0 {
		if len(args) > 0 {
			l.Kind, l.Text = Requirement, r.keep(args, 0)
			l.Err = r.requirement(l, l.Text)
		} else {
			l.Kind = Option
		}
		return
	}
	editable := first("editable")
	switch {
	case len(args) > 0 && editable == nil:
		l.Kind, l.Text = Requirement, r.keep(args, 0)
		l.Err = r.requirement(l, l.Text)
		r.settings(l, out, true)
	case len(args) > 0:
		// Since pip 25.0 -e makes an editable of the requirement before it.
		l.Kind, l.Text = Editable, r.keep(args, 0)
		l.Err = r.editable(l, l.Text)
		r.settings(l, out, true)
	case editable != nil:
		l.Kind, l.Text = Editable, editable.value
		if r.vars && editable.vb > editable.va {
			l.Shown = strings.Trim(r.raw(editable.va, editable.vb), `'"`) // kept by hide where it matters
		}
		l.Err = r.editable(l, l.Text)
		r.settings(l, out, true)
	default:
		if g := first("requirement"); g != nil {
			r.include(l, Include, g)
			r.settings(l, out, true)
			return
		}
		if g := first("constraint"); g != nil {
			r.include(l, Constraint, g)
			r.settings(l, out, true)
			return
		}
		l.Kind = Option
		r.settings(l, out, false)
	}
}

// include makes an include of a line. What a variable holds is opened, and not
// shown.
func (r *reader) include(l *Line, kind Kind, g *given) {
	l.Kind, l.Target, l.opens = kind, g.value, g.value
	if r.vars && g.vb > g.va {
		if raw := r.raw(g.va, g.vb); raw != string(r.b[g.va:g.vb]) {
			l.Target, l.Variables = raw, true
		}
	}
}

// settings keeps the options that take effect: of a requirement its
// config-settings; of an option line all, but only the first --find-links and
// the last --index-url (req_file.py, handle_option_line).
func (r *reader) settings(l *Line, out *parsed, ofRequirement bool) {
	links, index := false, -1
	for _, g := range out.given {
		anywhere := readAnywhere(g.name)
		if g.name == "config-settings" != ofRequirement && !anywhere || g.name == "editable" {
			continue
		}
		switch g.name {
		case "find-links":
			if links {
				continue
			}
			links = true
		case "index-url":
			if index >= 0 {
				l.Settings = append(l.Settings[:index], l.Settings[index+1:]...)
			}
			index = len(l.Settings)
			if g.value == "" {
				index = -1
				continue
			}
		case "trusted-host":
			if err := checkHost(g.value); err != nil && l.Err == nil {
				l.Err = fmt.Errorf("trusted host %s: %w", quote(g.value), err)
			}
		}
		s := Setting{Name: g.name, Value: g.value, Shown: g.value, Flag: g.flag, Span: r.span(g.a, g.b)}
		if r.vars && g.vb > g.va {
			if raw := r.raw(g.va, g.vb); raw != string(r.b[g.va:g.vb]) {
				s.Variables, s.Shown = true, raw
				if !r.f.opts.AllowEnv {
					s.Value = raw
				}
			}
		}
		l.Settings = append(l.Settings, s)
	}
}

// readAnywhere tells whether an option takes effect on any line: optparse calls
// back as it meets it (cli/cmdoptions.py).
func readAnywhere(name string) bool {
	switch name {
	case "no-binary", "only-binary", "all-releases", "only-final":
		return true
	}
	return false
}

// raw is the text of b[a:b] as it stands in the file, variables unexpanded.
func (r *reader) raw(a, b int) string {
	var out []byte
	for o := a; o < b; {
		c := r.seg(o)
		s := r.segs[c]
		until := b
		if c+1 < len(r.segs) {
			until = min(until, int(r.segs[c+1].at)-r.base)
		}
		if s.variable {
			out = append(out, r.text[s.text:s.end]...)
		} else {
			out = append(out, r.b[o:until]...)
		}
		o = until
	}
	return string(out)
}

// checkHost is what network/session.py, add_trusted_host, refuses.
func checkHost(host string) error {
	netloc := host
	if strings.Count(netloc, ":") >= 2 && !strings.ContainsAny(netloc, "@[") {
		netloc = "[" + netloc + "]"
	}
	l, err := splitURL("https://" + netloc)
	if err != nil {
		return err
	}
	name := l.netloc[strings.LastIndexByte(l.netloc, '@')+1:]
	port := ""
	if _, bracketed, ok := strings.Cut(name, "["); ok {
		name, port, _ = strings.Cut(bracketed, "]")
		_, port, _ = strings.Cut(port, ":")
	} else {
		name, port, _ = strings.Cut(name, ":")
	}
	if name == "" {
		return errors.New("names no host")
	}
	if len(port) > 0 {
		n := 0
		for i := 0; i < len(port); i++ {
			if port[i] < '0' || port[i] > '9' {
				return errors.New("the port is no number")
			}
			n = min(n*10+int(port[i]-'0'), 1<<20)
		}
		if n > 65535 {
			return errors.New("the port is above 65535")
		}
	}
	return nil
}

// Position returns the physical line as pip counts them, from 1, and the
// column in bytes, from 1, of an offset of Src.
func (f *File) Position(offset int) (line, column int) {
	if l := f.around(offset); l != nil {
		before := l.raw[:offset-l.Start]
		return l.First + bytes.Count(before, []byte{'\n'}), len(before) - bytes.LastIndexByte(before, '\n')
	}
	starts := f.lineStarts()
	at := min(f.off.text(offset), len(f.decoded()))
	lo, hi := 0, len(starts)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if int(starts[mid]) <= at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 1, offset + 1
	}
	return lo, max(offset-f.off.source(int(starts[lo-1])), 0) + 1
}

// lineStarts gives the text offset of each physical line, built when asked for.
func (f *File) lineStarts() []int32 {
	if starts := f.starts.Load(); starts != nil {
		return *starts
	}
	text := f.decoded()
	r := reader{f: f, text: text}
	r.prepareAs(f)
	starts := make([]int32, 0, bytes.Count(text, []byte{'\n'})+1)
	for {
		start, _, ok := r.cut()
		if !ok {
			break
		}
		starts = append(starts, int32(start))
	}
	if len(starts) == 0 {
		starts = append(starts, 0)
	}
	f.starts.Store(&starts)
	return starts
}
