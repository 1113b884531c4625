package requirements

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// repository is what git would ignore and what it tracks in the work tree
// around a folder. The libraries looked at (sabhiram/go-gitignore, go-git) know
// patterns, but not the index, and the first loses negations below a folder.
// git itself is not run: a repository may name programs that it would start.
// A nil repository ignores nothing.
type repository struct {
	root     string // of the work tree, absolute
	dir      string // the .git folder
	exclude  []ignoreRule
	rules    map[string][]ignoreRule // by folder, from its .gitignore
	verdicts map[string]bool         // of folders
	tracked  map[string]bool         // paths and their folders; nil until needed
}

// ignoreRule is a line of a .gitignore as a doublestar pattern for paths below
// the folder of the file.
type ignoreRule struct {
	pattern string
	keep    bool // starts with !
	folder  bool // ends with /
}

// openRepository finds the work tree that a folder lies in, nil for none.
func openRepository(from string) *repository {
	for dir := from; ; {
		git := filepath.Join(dir, ".git")
		if info, err := os.Stat(git); err == nil {
			if !info.IsDir() { // a work tree or a submodule: "gitdir: PATH"
				text, err := os.ReadFile(git)
				to, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
				if err != nil || !ok {
					return nil
				}
				if git = to; !filepath.IsAbs(git) {
					git = filepath.Join(dir, git)
				}
			}
			r := &repository{root: dir, dir: git, rules: map[string][]ignoreRule{}, verdicts: map[string]bool{}}
			common := git
			if text, err := os.ReadFile(filepath.Join(git, "commondir")); err == nil {
				common = filepath.Join(git, strings.TrimSpace(string(text)))
			}
			r.exclude = readIgnore(filepath.Join(common, "info", "exclude"))
			return r
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil
		}
		dir = up
	}
}

// readIgnore reads the patterns of a file, none when it is not there.
func readIgnore(file string) []ignoreRule {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	var rules []ignoreRule
	for line := range strings.SplitSeq(string(text), "\n") {
		if rule, ok := parseIgnore(strings.TrimSuffix(line, "\r")); ok {
			rules = append(rules, rule)
		}
	}
	return rules
}

// parseIgnore follows gitignore(5).
func parseIgnore(line string) (ignoreRule, bool) {
	var rule ignoreRule
	if strings.HasPrefix(line, "#") {
		return rule, false
	}
	for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, `\ `) {
		line = line[:len(line)-1]
	}
	if line, rule.keep = strings.CutPrefix(line, "!"); line == "" {
		return rule, false
	}
	if line, rule.folder = strings.CutSuffix(line, "/"); line == "" {
		return rule, false
	}
	anchored := strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	line = strings.NewReplacer("{", `\{`, "}", `\}`).Replace(line) // git knows no alternatives
	if !anchored {
		line = "**/" + line
	}
	rule.pattern = line
	return rule, doublestar.ValidatePattern(line)
}

func (r ignoreRule) matches(rel string, isDir bool) bool {
	if r.folder && !isDir {
		return false
	}
	ok, err := doublestar.Match(r.pattern, rel)
	return err == nil && ok
}

// ignored tells whether git ignores a path, absolute, and does not track it.
func (r *repository) ignored(full string, isDir bool) bool {
	if r == nil {
		return false
	}
	rel, err := filepath.Rel(r.root, full)
	if err != nil || rel == "." || strings.HasPrefix(rel, "..") {
		return false
	}
	rel = filepath.ToSlash(rel)
	return r.matches(rel, isDir) && (isDir || !r.index()[rel])
}

// matches asks the patterns: the last one that matches decides, the nearest
// .gitignore first, and what lies in an ignored folder is ignored.
func (r *repository) matches(rel string, isDir bool) bool {
	if isDir {
		if v, known := r.verdicts[rel]; known {
			return v
		}
	}
	verdict := r.decide(rel, isDir)
	if isDir {
		r.verdicts[rel] = verdict
	}
	return verdict
}

func (r *repository) decide(rel string, isDir bool) bool {
	parent := ""
	if i := strings.LastIndexByte(rel, '/'); i >= 0 {
		parent = rel[:i]
		if r.matches(parent, true) {
			return true
		}
	}
	for dir := parent; ; {
		below := strings.TrimPrefix(strings.TrimPrefix(rel, dir), "/")
		if v, ok := last(r.rulesOf(dir), below, isDir); ok {
			return v
		}
		if dir == "" {
			break
		}
		dir = dir[:max(strings.LastIndexByte(dir, '/'), 0)]
	}
	v, _ := last(r.exclude, rel, isDir)
	return v
}

func last(rules []ignoreRule, rel string, isDir bool) (ignored, ok bool) {
	for i := len(rules) - 1; i >= 0; i-- {
		if rules[i].matches(rel, isDir) {
			return !rules[i].keep, true
		}
	}
	return false, false
}

func (r *repository) rulesOf(dir string) []ignoreRule {
	rules, known := r.rules[dir]
	if !known {
		rules = readIgnore(filepath.Join(r.root, filepath.FromSlash(dir), ".gitignore"))
		r.rules[dir] = rules
	}
	return rules
}

// tracksBelow tells whether git tracks a file in a folder, ignored or not.
func (r *repository) tracksBelow(full string) bool {
	if r == nil {
		return false
	}
	rel, err := filepath.Rel(r.root, full)
	return err == nil && r.index()[filepath.ToSlash(rel)]
}

// index gives the tracked paths and the folders they lie in. An index that
// cannot be read tracks nothing.
func (r *repository) index() map[string]bool {
	if r.tracked == nil {
		r.tracked = map[string]bool{}
		data, err := os.ReadFile(filepath.Join(r.dir, "index"))
		if err == nil {
			hash := 20
			if config, err := os.ReadFile(filepath.Join(r.dir, "config")); err == nil && bytes.Contains(bytes.ToLower(config), []byte("sha256")) {
				hash = 32
			}
			for _, name := range indexNames(data, hash) {
				for name != "" && !r.tracked[name] {
					r.tracked[name] = true
					name = name[:max(strings.LastIndexByte(name, '/'), 0)]
				}
			}
		}
	}
	return r.tracked
}

// indexNames reads the names out of git's index, versions 2 to 4
// (gitformat-index(5)); it stops at what it does not understand.
func indexNames(data []byte, hash int) []string {
	if len(data) < 12 || string(data[:4]) != "DIRC" {
		return nil
	}
	version, count := binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint32(data[8:])
	if version < 2 || version > 4 {
		return nil
	}
	var names []string
	name, at := "", 12
	for range count {
		start := at
		if at += 40 + hash; at+2 > len(data) {
			break
		}
		flags := binary.BigEndian.Uint16(data[at:])
		if at += 2; flags&0x4000 != 0 {
			at += 2
		}
		if at > len(data) {
			break
		}
		if version == 4 {
			strip, n := offsetVarint(data[at:])
			if n == 0 || strip > len(name) {
				break
			}
			at += n
			name = name[:len(name)-strip]
		} else {
			name = ""
		}
		end := bytes.IndexByte(data[at:], 0)
		if end < 0 {
			break
		}
		name += string(data[at : at+end])
		names = append(names, name)
		if at += end + 1; version < 4 {
			at = start + (at-1-start+8)&^7
		}
	}
	return names
}

// offsetVarint reads the number that git's pack format writes for offsets.
func offsetVarint(b []byte) (value, n int) {
	for n < len(b) && n < 5 {
		c := b[n]
		n++
		value = value<<7 | int(c&0x7f)
		if c&0x80 == 0 {
			return value, n
		}
		value++
	}
	return 0, 0
}
