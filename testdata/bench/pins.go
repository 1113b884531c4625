package main

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/reqhash/reqhash/packaging"
)

// pin is a requirement as it stands in some real file, with the hashes that are
// listed there.
type pin struct {
	name, version string
	hashes        []string // "sha256:…"
}

// indexFile is one file of an index page.
type indexFile struct {
	Filename       string            `json:"filename"`
	Hashes         map[string]string `json:"hashes"`
	RequiresPython *string           `json:"requires-python"`
	Size           int64             `json:"size"`
	Uploaded       string            `json:"upload-time"`
	URL            string            `json:"url"`
	Yanked         any               `json:"yanked"`
	CoreMetadata   any               `json:"core-metadata,omitempty"`
}

type indexPage struct {
	Meta     map[string]any `json:"meta"`
	Name     string         `json:"name"`
	Versions []string       `json:"versions"`
	Files    []indexFile    `json:"files"`
}

// material is what workloads are drawn from.
type material struct {
	from  string // in words
	pins  []pin
	pages map[string]*indexPage // by normalized name
}

// loadCorpus draws the pins of a corpus whose recorded verdict is ok or subset.
func loadCorpus(corpus, index string) (*material, error) {
	m := &material{from: "pins of the corpus whose recorded verdict is ok or subset", pages: map[string]*indexPage{}}
	right := map[string]bool{}
	err := eachLine(filepath.Join(corpus, "verdicts.jsonl.gz"), func(line []byte) error {
		var v struct {
			File, Name, Version, Verdict string
			N                            int
			Other                        json.RawMessage `json:"other_index"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			return err
		}
		if (v.Verdict == "ok" || v.Verdict == "subset") && v.Other == nil {
			right[fmt.Sprintf("%s:%d", v.File, v.N)] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	err = eachLine(filepath.Join(corpus, "pip-oracle.jsonl.gz"), func(line []byte) error {
		var f struct {
			File  string
			Lines []struct {
				N          int
				Name, Spec string
				Marker     *string
				Extras     []string
				Hashes     map[string][]string
			}
		}
		if err := json.Unmarshal(line, &f); err != nil {
			return err
		}
		for _, l := range f.Lines {
			version, ok := strings.CutPrefix(l.Spec, "==")
			if !ok || !right[fmt.Sprintf("%s:%d", f.File, l.N)] {
				continue
			}
			p := pin{name: packaging.NormalizeName(l.Name), version: version}
			for _, digits := range l.Hashes["sha256"] {
				p.hashes = append(p.hashes, "sha256:"+digits)
			}
			if key := fmt.Sprint(p); !seen[key] && len(p.hashes) > 0 {
				seen[key] = true
				m.pins = append(m.pins, p)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, p := range m.pins {
		if m.pages[p.name] == nil {
			if m.pages[p.name], err = readPage(filepath.Join(index, "simple", p.name, "index.json")); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// copies is how often the projects of testdata are taken under numbered names,
// so that there are enough of them.
const copies = 40

// loadTestdata makes pins of the index of testdata: each release with all its
// hashes.
func loadTestdata(index string) (*material, error) {
	m := &material{from: fmt.Sprintf("testdata/index, each project %d times under numbered names, all hashes listed", copies), pages: map[string]*indexPage{}}
	paths, err := filepath.Glob(filepath.Join(index, "simple", "*", "index.json"))
	if err != nil || len(paths) == 0 {
		return nil, errors.Join(err, fmt.Errorf("no page in %s", index))
	}
	for _, path := range paths {
		page, err := readPage(path)
		if err != nil {
			return nil, err
		}
		for n := range copies {
			m.addCopy(page, n)
		}
	}
	return m, nil
}

func (m *material) addCopy(page *indexPage, n int) {
	other := &indexPage{Meta: page.Meta, Name: fmt.Sprintf("%s-%d", page.Name, n), Versions: page.Versions}
	byVersion := map[string][]string{}
	for _, f := range page.Files {
		name, err := packaging.ParseFilename(page.Name, f.Filename)
		if err != nil || !packaging.Installable(f.Filename) {
			continue
		}
		own := strings.ReplaceAll(page.Name, "-", "_")
		f.Filename = fmt.Sprintf("%s_%d%s", own, n, f.Filename[len(own):])
		digits := fmt.Sprintf("%x", sha256.Sum256([]byte(f.Filename)))
		f.Hashes = map[string]string{"sha256": digits}
		f.URL = "../../files/" + f.Filename
		other.Files = append(other.Files, f)
		v := name.Version.String()
		byVersion[v] = append(byVersion[v], "sha256:"+digits)
	}
	for _, v := range slices.Sorted(slices.Values(page.Versions)) {
		if hashes := byVersion[v]; len(hashes) > 0 {
			m.pins = append(m.pins, pin{name: other.Name, version: v, hashes: hashes})
		}
	}
	m.pages[other.Name] = other
}

func readPage(path string) (*indexPage, error) {
	src, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the index has no page for a pin: %w", err)
	}
	if err != nil {
		return nil, err
	}
	page := &indexPage{}
	return page, json.Unmarshal(src, page)
}

func eachLine(path string, use func([]byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 64<<20) // 64 MiB: the record of one file
	for lines.Scan() {
		if err := use(lines.Bytes()); err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
	}
	return lines.Err()
}
