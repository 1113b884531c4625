package requirements

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// loaded loads files out of a map, in "/w".
func loaded(t *testing.T, files map[string]string, roots ...Root) *Set {
	t.Helper()
	read := func(path string, _ []byte) ([]byte, error) {
		text, ok := files[strings.TrimPrefix(path, "/w/")]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(expandDigits(text)), nil
	}
	set, err := Load(context.Background(), roots, read, LoadOptions{Jobs: 3, ReadOptions: ReadOptions{Dir: "/w"}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// told is a set in short: its files with their faults and refused lines, its
// runs with their members.
func told(set *Set) string {
	var b strings.Builder
	for _, f := range set.Files {
		fmt.Fprintf(&b, "%s", f.Path)
		if f.Err != nil {
			fmt.Fprintf(&b, " !")
		}
		for _, x := range f.Faults {
			line, _ := f.Position(x.Start)
			fmt.Fprintf(&b, " %s:%d", x.Rule, line)
		}
		for _, l := range f.Lines {
			if l.Err != nil {
				fmt.Fprintf(&b, " refused:%d", l.First)
			}
		}
		b.WriteString("\n")
	}
	for _, r := range set.Runs {
		fmt.Fprintf(&b, "run")
		for _, m := range r.Members {
			fmt.Fprintf(&b, " %s", m.File.Path)
			if m.Constraint {
				b.WriteString("(c)")
			}
		}
		if r.HashChecking {
			fmt.Fprintf(&b, " checked by %s:%d", r.By.File.Path, r.By.File.Lines[r.By.Line].First)
		}
		if r.Off.File != nil {
			fmt.Fprintf(&b, " off by %s", r.Off.File.Path)
		}
		if len(r.Remote) > 0 {
			fmt.Fprintf(&b, " remote %d", len(r.Remote))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestLoad(t *testing.T) {
	const h = " --hash=sha256:{1}\n"
	named := func(paths ...string) (roots []Root) {
		for _, p := range paths {
			roots = append(roots, Root{Path: p, Named: true})
		}
		return roots
	}
	walked := func(paths ...string) (roots []Root) {
		for _, p := range paths {
			roots = append(roots, Root{Path: p})
		}
		return roots
	}
	for _, c := range []struct {
		name  string
		files map[string]string
		roots []Root
		want  string
	}{
		{"relative to the includer", map[string]string{"a/r.txt": "-r ../b/b.txt\n-r c.txt\n", "b/b.txt": "b==1" + h, "a/c.txt": "c\n"}, named("a/r.txt"),
			"a/r.txt\nb/b.txt\na/c.txt\nrun a/r.txt b/b.txt a/c.txt checked by b/b.txt:1\n"},
		{"depth first", map[string]string{"r.txt": "-r a.txt\n-r b.txt\n", "a.txt": "-c c.txt\n", "b.txt": "b\n", "c.txt": "c\n"}, named("r.txt"),
			"r.txt\na.txt\nc.txt\nb.txt\nrun r.txt a.txt c.txt(c) b.txt\n"},
		{"twice is no cycle", map[string]string{"r.txt": "-r b.txt\n-r b.txt\n-c b.txt\n", "b.txt": "b\n"}, named("r.txt"), "r.txt\nb.txt\nrun r.txt b.txt b.txt(c)\n"},
		{"a cycle", map[string]string{"r.txt": "-r b.txt\n", "b.txt": "b\n-r r.txt\n"}, named("r.txt"), "r.txt\nb.txt include-cycle:2 refused:2\nrun r.txt b.txt\n"},
		{"itself", map[string]string{"r.txt": "-c ./x/../r.txt\n"}, named("r.txt"), "r.txt include-cycle:1 refused:1\nrun r.txt\n"},
		{"missing", map[string]string{"r.txt": "a\n-r b.txt\n"}, named("r.txt"), "r.txt missing-include:2\nb.txt !\nrun r.txt b.txt\n"},
		{"root missing", nil, named("r.txt"), "r.txt !\nrun r.txt\n"},
		{"hashes of a constraint", map[string]string{"r.txt": "a\n-c c.txt\n", "c.txt": "a==1" + h}, named("r.txt"), "r.txt\nc.txt\nrun r.txt c.txt(c) checked by c.txt:1\n"},
		{"option in a constraint", map[string]string{"r.txt": "-c c.txt\n", "c.txt": "--require-hashes\n"}, named("r.txt"), "r.txt\nc.txt\nrun r.txt c.txt(c) checked by c.txt:1\n"},
		{"no option on an include", map[string]string{"r.txt": "-r b.txt --require-hashes\n", "b.txt": "b\n"}, named("r.txt"), "r.txt ambiguous-line:1\nb.txt\nrun r.txt b.txt\n"},
		{"turned off", map[string]string{"r.txt": "a==1" + h + "--no-require-hashes\n"}, named("r.txt"), "r.txt require-hashes-off:2\nrun r.txt off by r.txt\n"},
		{"both options", map[string]string{"r.txt": "--no-require-hashes\n--require-hashes\n"}, named("r.txt"), "r.txt require-hashes-off:1 invalid-requirement:1\nrun r.txt checked by r.txt:2 off by r.txt\n"},
		{"not by an editable", map[string]string{"r.txt": "-e ./p" + h}, named("r.txt"), "r.txt ignored-hash:1\nrun r.txt\n"},
		{"false markers count", map[string]string{"r.txt": "a==1 ; python_version<'1'" + h}, named("r.txt"), "r.txt\nrun r.txt checked by r.txt:1\n"},
		{"editable constraint", map[string]string{"r.txt": "-c c.txt\n", "c.txt": "-e ./p\n-r b.txt\n", "b.txt": "-e ./q\n"}, named("r.txt"),
			"r.txt\nc.txt invalid-requirement:1 ambiguous-line:2 refused:1\nb.txt\nrun r.txt c.txt(c) b.txt\n"},
		{"remote", map[string]string{"r.txt": "-r https://e.x/b.txt\na\n"}, named("r.txt"), "r.txt\nrun r.txt remote 1\n"},
		{"file URL", map[string]string{"d/r.txt": "-r file:///w/b.txt\n", "b.txt": "\ufeffb\n-r c.txt\n", "c.txt": "c\n"}, named("d/r.txt"),
			"d/r.txt\nb.txt invalid-requirement:1 refused:1\nc.txt\nrun d/r.txt b.txt c.txt\n"},
		{"walked roots", map[string]string{"a-requirements.txt": "-r b-requirements.txt\n-c constraints.txt\n-c d-requirements.txt\n", "b-requirements.txt": "b\n", "constraints.txt": "c\n", "constraints-x.txt": "x\n", "d-requirements.txt": "d\n"},
			walked("a-requirements.txt", "b-requirements.txt", "constraints-x.txt", "constraints.txt", "d-requirements.txt"),
			"a-requirements.txt\nb-requirements.txt\nconstraints.txt\nd-requirements.txt\nconstraints-x.txt\nrun a-requirements.txt b-requirements.txt constraints.txt(c) d-requirements.txt(c)\nrun d-requirements.txt\n"},
		{"walked circle", map[string]string{"a.txt": "-r b.txt\n", "b.txt": "-r a.txt\n"}, walked("a.txt", "b.txt"), "a.txt\nb.txt include-cycle:1 refused:1\nrun a.txt b.txt\n"},
		{"named, and reached", map[string]string{"a.txt": "-r b.txt\n", "b.txt": "b\n"}, named("a.txt", "b.txt"), "a.txt\nb.txt\nrun a.txt b.txt\nrun b.txt\n"},
		{"absolute", map[string]string{"a.txt": "-r /w/b.txt\n-r /x/c.txt\n", "b.txt": "b\n"}, named("/w/a.txt"), "a.txt missing-include:2\nb.txt\n/x/c.txt !\nrun a.txt b.txt /x/c.txt\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := told(loaded(t, c.files, c.roots...)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestLoadContent: what stands for a file is read instead of it, and its
// includes are found from its place.
func TestLoadContent(t *testing.T) {
	set := loaded(t, map[string]string{"d/b.txt": "b\n"}, Root{Path: "d/stdin.txt", Named: true, Content: []byte("-r b.txt\n")})
	if got, want := told(set), "d/stdin.txt\nd/b.txt\nrun d/stdin.txt d/b.txt\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestVariables: values of variables are in what pip reads, and in nothing that
// is shown of URLs.
func TestVariables(t *testing.T) {
	env := func(name string) string { return map[string]string{"TOKEN": "s3cret", "V": "1"}[name] }
	src := []byte("-i https://u:${TOKEN}@e.x/simple\na==${V}\n-r ${V}.txt\n--extra-index-url https://e.x/${NOPE}\n")
	for _, allow := range []bool{false, true} {
		f := Read("r.txt", src, ReadOptions{Getenv: env, AllowEnv: allow})
		index := f.Lines[0].Settings[0]
		want := "https://u:${TOKEN}@e.x/simple"
		if index.Shown != want || !index.Variables {
			t.Errorf("shown %q, want %q", index.Shown, want)
		}
		if allow {
			want = "https://u:s3cret@e.x/simple"
		}
		if index.Value != want {
			t.Errorf("value %q, want %q", index.Value, want)
		}
		if l := f.Lines[1]; l.Specifier != "==1" || !l.Variables || string(src[l.Start:l.End]) != "a==${V}" {
			t.Errorf("%+v", l)
		}
		if l := f.Lines[2]; l.Target != "${V}.txt" || l.opens != "1.txt" {
			t.Errorf("target %q", l.Target)
		}
		if s := f.Lines[3].Settings[0]; s.Shown != "https://e.x/${NOPE}" || s.Value != s.Shown {
			t.Errorf("%+v", s)
		}
	}
}

// TestURLVariables: a URL of a requirement with a variable is not expanded
// unless that is allowed.
func TestURLVariables(t *testing.T) {
	env := func(string) string { return "s3cret" }
	src := []byte("a @ https://u:${TOKEN}@e.x/a.zip\nhttps://u:${TOKEN}@e.x/a.zip#egg=a ; os_name=='x'\n-e git+https://${TOKEN}@e.x/a#egg=a\n")
	f := Read("r.txt", src, ReadOptions{Getenv: env})
	for _, l := range f.Lines {
		if l.Err != nil || l.Name != "a" || !l.Variables || strings.Contains(l.URL+l.Text, "s3cret") || !strings.Contains(l.URL, "${TOKEN}") {
			t.Errorf("%+v", l)
		}
	}
	f = Read("r.txt", src, ReadOptions{Getenv: env, AllowEnv: true})
	if urls := []string{f.Lines[0].URL, f.Lines[1].URL}; !slices.Equal(urls, []string{"https://u:s3cret@e.x/a.zip", "https://u:s3cret@e.x/a.zip#egg=a"}) {
		t.Errorf("%q", urls)
	}
}
