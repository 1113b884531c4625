package requirements

import (
	"context"
	"io/fs"
	"strings"
	"testing"
)

func TestMaskHidesUserinfo(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"flask==1", "flask==1"},
		{"a @ https://me:secret@example.org/a.whl", "a @ https://***@example.org/a.whl"},
		{"https://token@example.org", "https://***@example.org"},
		{"https://a:b@c:d@example.org/x@y", "https://***@example.org/x@y"},
		{"https://example.org/x@y", "https://example.org/x@y"},
		{"https://u@a/ https://v@b/", "https://***@a/ https://***@b/"},
		{"git+ssh://git@example.org/r.git@main#egg=r", "git+ssh://***@example.org/r.git@main#egg=r"},
		{"://@", "://***@"},
	} {
		if got := Mask(c.text); got != c.want {
			t.Errorf("Mask(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestWhatAVariableHoldsIsOpenedAndNotShown(t *testing.T) {
	files := map[string]string{
		"/w/r.txt":       "-r ${SECRET}/a.txt\n-c ${SECRET}.txt\n",
		"/w/hush/a.txt":  "-r b.txt\nx==1\n",
		"/w/hush/b.txt":  "y==1\n",
		"/w/hush.txt":    "z==1\n",
		"/w/${SECRET}/b": "",
	}
	read := func(path string, _ []byte) ([]byte, error) {
		if text, ok := files[path]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
	set, err := Load(context.Background(), []Root{{Path: "r.txt"}}, read, LoadOptions{ReadOptions: ReadOptions{
		Dir: "/w", Getenv: func(string) string { return "hush" }}})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range set.Files {
		paths = append(paths, f.Path)
		if f.Err != nil {
			t.Errorf("%s: %v", f.Path, f.Err)
		}
	}
	want := "r.txt ${SECRET}/a.txt ${SECRET}/b.txt ${SECRET}.txt"
	if got := strings.Join(paths, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := set.Files[0].Lines[0].Target; got != "${SECRET}/a.txt" {
		t.Errorf("the target is shown as %s", got)
	}
}
