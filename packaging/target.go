package packaging

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Target is an interpreter on a platform: what decides which wheels pip takes, and which markers are true. The zero Target is none.
// Targets are CPython, 3.3 or later.
type Target struct {
	minor, micro int // of Python 3
	threaded     bool
	system       system
	arch         string // as platform tags spell it
	major, low   int    // the version of glibc, musl or macOS
}

type system uint8

const (
	linux system = iota + 1 // with glibc
	musllinux
	macos
	windows
)

// ParseTarget reads the name of a target. It is an interpreter and the newest platform tag that it takes:
//
//	cp311-manylinux_2_36_x86_64  cp312-musllinux_1_2_aarch64  cp313-macosx_14_0_arm64  cp312-win_amd64  cp313t-win_arm64
//
// where manylinux2014, manylinux2010 and manylinux1 stand for glibc 2.17, 2.12 and 2.5; or a system, a processor and a version of Python:
//
//	linux-x86_64-3.11  musllinux-aarch64-3.12.4  macos-arm64-3.12  windows-x86_64-3.13t
//
// Then linux has glibc 2.28, musllinux musl 1.2, macos is 14.0. A "t" after Python's version is a free-threaded build. A version without the third
// number has 0 there, as pip's --python-version takes it.
func ParseTarget(s string) (Target, error) {
	t, ok := parseLong(s)
	if !ok {
		t, ok = parseShort(s)
	}
	if !ok || t.minor < 3 || t.threaded && t.minor < 13 {
		return Target{}, fmt.Errorf("%q is no target; one is written like cp311-manylinux_2_36_x86_64 or linux-x86_64-3.11, with CPython 3.3 or later", s)
	}
	return t, nil
}

// parseLong reads cp311-manylinux_2_36_x86_64.
func parseLong(s string) (t Target, ok bool) {
	python, platform, ok := strings.Cut(s, "-")
	python, isCPython := strings.CutPrefix(python, "cp3")
	if !ok || !isCPython {
		return t, false
	}
	python, t.threaded = strings.CutSuffix(python, "t")
	if t.minor, ok = smallNumber(python); !ok {
		return t, false
	}
	name, rest, _ := strings.Cut(platform, "_")
	switch name {
	case "manylinux2014":
		t.system, t.major, t.low, t.arch = linux, 2, 17, rest
	case "manylinux2010":
		t.system, t.major, t.low, t.arch = linux, 2, 12, rest
	case "manylinux1":
		t.system, t.major, t.low, t.arch = linux, 2, 5, rest
	case "manylinux":
		t.system = linux
	case "musllinux":
		t.system = musllinux
	case "macosx":
		t.system = macos
	case "win", "win32":
		t.system, t.arch = windows, platform
	}
	if t.arch == "" {
		fields := strings.SplitN(rest, "_", 3)
		if len(fields) < 3 {
			return t, false
		}
		var majorOK, lowOK bool
		t.major, majorOK = smallNumber(fields[0])
		t.low, lowOK = smallNumber(fields[1])
		if t.arch = fields[2]; !majorOK || !lowOK {
			return t, false
		}
	}
	return t, t.exists()
}

// parseShort reads linux-x86_64-3.11.
func parseShort(s string) (t Target, ok bool) {
	fields := strings.Split(s, "-")
	if len(fields) != 3 {
		return t, false
	}
	switch t.arch = fields[1]; t.arch {
	case "amd64":
		t.arch = "x86_64"
	case "x86":
		t.arch = "i686"
	case "arm64":
		t.arch = "aarch64"
	}
	switch fields[0] {
	case "linux":
		t.system, t.major, t.low = linux, 2, 28
	case "musllinux":
		t.system, t.major, t.low = musllinux, 1, 2
	case "macos":
		t.system, t.major, t.low = macos, 14, 0
		if t.arch == "aarch64" {
			t.arch = "arm64"
		}
	case "windows":
		t.system = windows
		t.arch = map[string]string{"x86_64": "win_amd64", "i686": "win32", "aarch64": "win_arm64"}[t.arch]
	}
	python, threaded := strings.CutSuffix(fields[2], "t")
	t.threaded = threaded
	numbers := strings.Split(python, ".")
	if len(numbers) < 2 || 3 < len(numbers) || numbers[0] != "3" {
		return t, false
	}
	if t.minor, ok = smallNumber(numbers[1]); !ok {
		return t, false
	}
	if len(numbers) == 3 {
		if t.micro, ok = smallNumber(numbers[2]); !ok {
			return t, false
		}
	}
	return t, t.exists()
}

// smallNumber reads one to three digits without a zero in front.
func smallNumber(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n <= 999 && strconv.Itoa(n) == s
}

// exists tells whether there is such a platform, as far as packaging knows.
func (t Target) exists() bool {
	switch t.system {
	case linux:
		return t.major == 2 && slices.Contains([]string{"x86_64", "i686", "aarch64", "armv7l", "ppc64", "ppc64le", "s390x", "riscv64", "loongarch64"}, t.arch)
	case musllinux:
		return t.major == 1 && slices.Contains([]string{"x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64", "loongarch64"}, t.arch)
	case macos:
		return t.major >= 10 && (t.arch == "x86_64" || t.arch == "arm64" && t.major >= 11)
	case windows:
		return t.arch == "win_amd64" || t.arch == "win32" || t.arch == "win_arm64"
	}
	return false
}

// String returns the long name, with which ParseTarget gives the same target but for the third number of Python's version.
func (t Target) String() string {
	if t.system == 0 {
		return ""
	}
	return t.abi() + "-" + t.newest()
}

// IsZero tells whether t is the zero Target.
func (t Target) IsZero() bool { return t.system == 0 }

// PythonVersion returns the version of Python, three numbers: what a Requires-Python is compared with.
func (t Target) PythonVersion() Version {
	v, _ := ParseVersion(fmt.Sprintf("3.%d.%d", t.minor, t.micro))
	return v
}

func (t Target) abi() string {
	if t.threaded {
		return t.interpreter() + "t"
	}
	return t.interpreter()
}

func (t Target) interpreter() string { return "cp3" + strconv.Itoa(t.minor) }

// newest returns the platform tag by which the target is named.
func (t Target) newest() string {
	name := map[system]string{linux: "manylinux", musllinux: "musllinux", macos: "macosx"}[t.system]
	if name == "" {
		return t.arch
	}
	return fmt.Sprintf("%s_%d_%d_%s", name, t.major, t.low, t.arch)
}

// Environment returns what markers are judged by on the target: all variables of PEP 508 but extra. The release and the version of the operating
// system, which no target says, are empty.
func (t Target) Environment() map[string]string {
	full := t.PythonVersion().String()
	env := map[string]string{
		"implementation_name":            "cpython",
		"implementation_version":         full,
		"os_name":                        "posix",
		"platform_machine":               t.arch,
		"platform_python_implementation": "CPython",
		"platform_release":               "",
		"platform_system":                "Linux",
		"platform_version":               "",
		"python_full_version":            full,
		"python_version":                 "3." + strconv.Itoa(t.minor),
		"sys_platform":                   "linux",
	}
	switch t.system {
	case macos:
		env["platform_system"], env["sys_platform"] = "Darwin", "darwin"
	case windows:
		env["os_name"], env["platform_system"], env["sys_platform"] = "nt", "Windows", "win32"
		env["platform_machine"] = map[string]string{"win_amd64": "AMD64", "win32": "x86", "win_arm64": "ARM64"}[t.arch]
	}
	return env
}
