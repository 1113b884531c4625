package packaging

import (
	"strings"
	"testing"
)

// TestTags holds the tags of targets, and their order. A group of two parts stands for its tag with each of the platforms.
func TestTags(t *testing.T) {
	for _, row := range recorded(t, "targets.json") {
		name, platforms := as[string](t, row[0]), as[[]string](t, row[1])
		target, err := ParseTarget(name)
		if err != nil {
			t.Error(err)
			continue
		}
		var want []Tag
		for _, group := range as[[]string](t, row[2]) {
			parts := strings.Split(group, "-")
			for _, platform := range append(parts[2:], platforms...) {
				want = append(want, Tag{parts[0], parts[1], platform})
				if len(parts) == 3 {
					break
				}
			}
		}
		got := target.Tags()
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Errorf("the target %s has %d tags, want %d; from number %d on they are %v, want %v", name, len(got), len(want), i, got[min(i, len(got)):min(i+3, len(got))], want[min(i, len(want)):min(i+3, len(want))])
				break
			}
		}
	}
}

func TestParseTarget(t *testing.T) {
	for _, test := range []struct{ name, long, python string }{
		{"linux-x86_64-3.11", "cp311-manylinux_2_28_x86_64", "3.11.0"},
		{"linux-amd64-3.11.7", "cp311-manylinux_2_28_x86_64", "3.11.7"},
		{"linux-arm64-3.9", "cp39-manylinux_2_28_aarch64", "3.9.0"},
		{"musllinux-x86_64-3.12", "cp312-musllinux_1_2_x86_64", "3.12.0"},
		{"macos-arm64-3.12", "cp312-macosx_14_0_arm64", "3.12.0"},
		{"macos-aarch64-3.12", "cp312-macosx_14_0_arm64", "3.12.0"},
		{"macos-x86_64-3.10.14", "cp310-macosx_14_0_x86_64", "3.10.14"},
		{"windows-x86_64-3.11", "cp311-win_amd64", "3.11.0"},
		{"windows-arm64-3.13t", "cp313t-win_arm64", "3.13.0"},
		{"windows-x86-3.8", "cp38-win32", "3.8.0"},
		{"cp38-manylinux2014_x86_64", "cp38-manylinux_2_17_x86_64", "3.8.0"},
		{"cp313t-manylinux_2_36_x86_64", "cp313t-manylinux_2_36_x86_64", "3.13.0"},
	} {
		target, err := ParseTarget(test.name)
		if err != nil {
			t.Error(err)
			continue
		}
		if target.String() != test.long || target.PythonVersion().String() != test.python {
			t.Errorf("ParseTarget(%q) = %s with Python %s, want %s with %s", test.name, target, target.PythonVersion(), test.long, test.python)
		}
		if again, err := ParseTarget(target.String()); err != nil || again.String() != target.String() {
			t.Errorf("ParseTarget(%q) = %s, %v", target, again, err)
		}
	}
	for _, name := range []string{"", "-", "cp311", "cp311-", "cp311-any", "py3-linux_x86_64", "cp311-linux_x86_64", "cp27-win_amd64", "cp32-win32", "cp311-win_x86_64", "cp311-win", "cp0311-win32",
		"cp311-manylinux_2_x86_64", "cp311-manylinux_3_1_x86_64", "cp311-manylinux_2_036_x86_64", "cp311-manylinux_2_36_z80", "cp311t-win32", "pp310-win_amd64", "linux-x86_64", "linux-x86_64-2.7",
		"linux-x86_64-3", "linux-x86_64-3.11.7.1", "beos-x86_64-3.11", "windows-z80-3.11", "cp311-macosx_10_9_arm64", "cp311-manylinux2014_", "cp311-manylinux_+2_36_x86_64"} {
		if target, err := ParseTarget(name); err == nil || !target.IsZero() {
			t.Errorf("ParseTarget(%q) = %q, want an error", name, target)
		}
	}
}

func TestEnvironment(t *testing.T) {
	for name, want := range map[string]string{
		"cp311-manylinux_2_36_x86_64": `os_name == "posix" and sys_platform == "linux" and platform_system == "Linux" and platform_machine == "x86_64" and python_version == "3.11" and python_full_version == "3.11.0" and implementation_name == "cpython" and platform_python_implementation == "CPython" and implementation_version == "3.11"`,
		"cp312-musllinux_1_2_aarch64": `os_name == "posix" and sys_platform == "linux" and platform_system == "Linux" and platform_machine == "aarch64" and python_version == "3.12"`,
		"cp39-macosx_11_0_arm64":      `os_name == "posix" and sys_platform == "darwin" and platform_system == "Darwin" and platform_machine == "arm64" and python_version < "3.10"`,
		"windows-x86_64-3.13.2":       `os_name == "nt" and sys_platform == "win32" and platform_system == "Windows" and platform_machine == "AMD64" and python_full_version == "3.13.2" and platform_release == "" and platform_version == ""`,
		"cp38-win32":                  `platform_machine == "x86" and extra != "x"`,
	} {
		target, err := ParseTarget(name)
		if err != nil {
			t.Error(err)
			continue
		}
		m, err := ParseMarker(want)
		if err != nil {
			t.Error(err)
			continue
		}
		if ok, err := m.Match(target.Environment(), nil); !ok || err != nil {
			t.Errorf("%s is %t (%v) on %s, whose environment is %q", want, ok, err, name, target.Environment())
		}
	}
}

func TestRanking(t *testing.T) {
	target, err := ParseTarget("cp311-manylinux_2_36_x86_64")
	if err != nil {
		t.Fatal(err)
	}
	ranking, last := target.Ranking(), -1
	for _, name := range []string{ // from best to worst
		"foo-1.0-cp311-cp311-linux_x86_64.whl",
		"foo-1.0-cp311-cp311-manylinux_2_35_x86_64.manylinux_2_36_x86_64.whl",
		"foo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
		"foo-1.0-cp310.cp311-abi3-manylinux2014_x86_64.whl",
		"foo-1.0-cp310-abi3-manylinux2014_x86_64.whl",
		"foo-1.0-py3-none-manylinux2014_x86_64.whl",
		"foo-1.0-cp311-none-any.whl",
		"foo-1.0-py2.py3-none-any.whl",
		"foo-1.0-py30-none-any.whl",
	} {
		f, err := ParseFilename("foo", name)
		if err != nil {
			t.Fatal(err)
		}
		place, ok := ranking.Best(f)
		if !ok || place <= last {
			t.Errorf("%s has the place %d (%t), want one after %d", name, place, ok, last)
		}
		last = place
	}
	for _, name := range []string{"foo-1.0-cp312-cp312-manylinux2014_x86_64.whl", "foo-1.0-cp311-cp311-manylinux_2_37_x86_64.whl", "foo-1.0-cp311-cp311-win_amd64.whl", "foo-1.0-py2-none-any.whl", "foo-1.0-cp310-cp310-manylinux2014_x86_64.whl", "foo-1.0.tar.gz"} {
		f, err := ParseFilename("foo", name)
		if err != nil {
			t.Fatal(err)
		}
		if place, ok := ranking.Best(f); ok {
			t.Errorf("%s has the place %d, want none", name, place)
		}
	}
}
