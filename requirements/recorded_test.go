package requirements

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var pipRecord = flag.Bool("pip.record", false, "ask pip again and write testdata/pip/readings.jsonl")

const readingsFile = "../testdata/pip/readings.jsonl"

// reading is an input and what pip 26.3 makes of it. The working directory is
// "/W", with the files of pipFiles in it.
type reading struct {
	Src []byte    `json:"src"`
	Pip pipAnswer `json:"pip"`
}

// recorded returns the readings that are checked in.
func recorded() ([]reading, error) {
	f, err := os.Open(filepath.FromSlash(readingsFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []reading
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r reading
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, lines.Err()
}

// TestRecorded: Read makes of each recorded input what pip 26.3 made of it.
func TestRecorded(t *testing.T) {
	if *pipRecord {
		record(t)
	}
	all, err := recorded()
	if err != nil || len(all) < 500 {
		t.Fatalf("%d readings, %v", len(all), err)
	}
	opts := pipOptions("/W")
	for _, r := range all {
		if diff := differs(Read("r.txt", r.Src, opts), r.Pip); diff != "" {
			t.Errorf("%q:\n%s", r.Src, diff)
		}
	}
}

// record asks pip what it makes of the chosen inputs.
func record(t *testing.T) {
	t.Helper()
	pip := newPipReader(t)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	for _, src := range chosen() {
		answer := pip.read(t, src)
		text, err := json.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(pip.dir), []byte("/W")), &answer); err != nil {
			t.Fatal(err)
		}
		if err := encoder.Encode(reading{src, answer}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.FromSlash(readingsFile), out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// chosen are the inputs to record: each piece of the random files by itself and
// behind a requirement, what has once been read otherwise than by pip, and
// some random files.
func chosen() (all [][]byte) {
	add := func(s string) { all = append(all, []byte(s)) }
	for _, pieces := range [][]string{randomNames, randomSpecs, randomMarks, randomURLs, randomHash, randomOpts, randomJoins, randomGaps, randomNoise} {
		for _, p := range pieces {
			add(p + "\n")
			add("a==1 " + p + "\n    --hash=sha256:" + digestB + "\nb==2\n")
			add("a" + p + "b==2\n")
		}
	}
	for _, p := range randomTops {
		add(p + "a==1 # \xe9\xa4\x81\n")
	}
	for _, p := range randomEnds {
		add("a==1 # c" + p + "b==2" + p + "c==3 \\" + p + "--hash=sha256:" + digestA)
	}
	for _, s := range onceDifferent {
		add(s)
	}
	for n := range 150 {
		all = append(all, randomFile(rand.New(rand.NewPCG(5, uint64(n)))))
	}
	return all
}

// onceDifferent are inputs that Read has once taken otherwise than pip.
var onceDifferent = []string{
	"//h/x/a-1-py3-none-any.whl\n", "//h/x.file:../x/a-1-py3-none-any.whl\n", "//h/x dir.zip; sys_platform == 'x'\n", "--trusted-host=[::1]:1\ufeff--trusted-host=[::1]:1\n",
	"--trusted-host=[::1]:1a[x]\n", "İfoo-1.0-py3-none-any.whl\n", "Kfoo-1.0-py3-none-any.whl\n", "a; python_version == \"3 \\; x\"\n",
	"-e ''\n", "\\\\x -e a\n", "pkg/[X]\n", "./dir.zip\n", "a[X]\n", "a[X]==1\n", ".. _`requirements`:\n", "./a b\n", "x.tar.bz2 [y]\n", strings.Repeat("\\\n", 3) + "a==1\n",
}
