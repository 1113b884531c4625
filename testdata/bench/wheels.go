package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// wheelCount is how many wheels are made, for peers that download and unpack
// what they judge. They are of a kilobyte, which flatters such peers.
const wheelCount = 184

// addWheels makes a project with one release and one wheel each, and returns
// the wheels by file name.
func (m *material) addWheels() map[string][]byte {
	wheels := map[string][]byte{}
	for n := range wheelCount {
		name := fmt.Sprintf("made-wheel-%d", n)
		file := fmt.Sprintf("made_wheel_%d-1.0-py3-none-any.whl", n)
		body := makeWheel(fmt.Sprintf("made_wheel_%d", n), "1.0")
		wheels[file] = body
		m.pages[name] = &indexPage{Meta: map[string]any{"api-version": "1.1"}, Name: name, Versions: []string{"1.0"}, Files: []indexFile{{
			Filename: file, Hashes: map[string]string{"sha256": fmt.Sprintf("%x", sha256.Sum256(body))}, Size: int64(len(body)),
			Uploaded: "2024-01-01T00:00:00.000000Z", URL: "../../files/" + file, Yanked: false,
		}}}
	}
	return wheels
}

// wheelPins are the pins of the wheels made.
func (m *material) wheelPins() []pin {
	var list []pin
	for n := range wheelCount {
		name := fmt.Sprintf("made-wheel-%d", n)
		list = append(list, pin{name: name, version: "1.0", hashes: []string{"sha256:" + m.pages[name].Files[0].Hashes["sha256"]}})
	}
	return list
}

func makeWheel(name, version string) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	var record bytes.Buffer
	add := func(path, text string) {
		if w, err := z.Create(path); err == nil {
			_, _ = w.Write([]byte(text))
		}
		sum := sha256.Sum256([]byte(text))
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", path, base64.RawURLEncoding.EncodeToString(sum[:]), len(text))
	}
	info := name + "-" + version + ".dist-info/"
	add(name+".py", "")
	add(info+"METADATA", fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version))
	add(info+"WHEEL", "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
	if w, err := z.Create(info + "RECORD"); err == nil {
		fmt.Fprintf(w, "%s%sRECORD,,\n", record.String(), info)
	}
	_ = z.Close()
	return out.Bytes()
}
