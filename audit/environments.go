package audit

import (
	"maps"
	"slices"

	"github.com/reqhash/reqhash/packaging"
)

// environments are the marker environments that are considered: those of the
// targets, or the default ones, where none is configured.
func (v *view) environments() []map[string]string {
	if v.envs != nil {
		return v.envs
	}
	if len(v.targets) > 0 {
		for _, t := range v.targets {
			v.envs = append(v.envs, t.Environment())
		}
		return v.envs
	}
	v.envs = v.others()
	return v.envs
}

// defaultEnvironments are CPython and PyPy of every version that is in use on
// the systems that are in use.
func defaultEnvironments() []map[string]string {
	var envs []map[string]string
	systems := []struct{ os, sys, platform, machine string }{
		{"posix", "linux", "Linux", "x86_64"},
		{"posix", "linux", "Linux", "aarch64"},
		{"posix", "darwin", "Darwin", "arm64"},
		{"posix", "darwin", "Darwin", "x86_64"},
		{"nt", "win32", "Windows", "AMD64"},
		{"nt", "win32", "Windows", "ARM64"},
	}
	versions := []string{"2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"}
	implementations := []struct{ name, platform string }{{"cpython", "CPython"}, {"pypy", "PyPy"}}
	for _, s := range systems {
		for _, version := range versions {
			for _, i := range implementations {
				envs = append(envs, map[string]string{
					"os_name": s.os, "sys_platform": s.sys, "platform_system": s.platform, "platform_machine": s.machine,
					"python_version": version, "python_full_version": version + ".0", "implementation_version": version + ".0",
					"implementation_name": i.name, "platform_python_implementation": i.platform,
					"platform_release": "", "platform_version": "",
				})
			}
		}
	}
	return envs
}

// possible tells whether all markers can be true at once. Besides the
// environments that are considered, it tries the very values that the markers
// name.
func (v *view) possible(markers ...packaging.Marker) bool {
	markers = slices.DeleteFunc(slices.Clone(markers), packaging.Marker.IsZero)
	if len(markers) == 0 {
		return true
	}
	all := func(env map[string]string) bool {
		return !slices.ContainsFunc(markers, func(m packaging.Marker) bool { return !m.Evaluate(env, nil) })
	}
	if slices.ContainsFunc(v.environments(), all) {
		return true
	}
	if len(v.targets) > 0 {
		return false
	}
	for _, m := range markers {
		for _, c := range m.Comparisons() {
			if c.Variable == "extra" {
				continue
			}
			for _, env := range v.environments() {
				special := maps.Clone(env)
				special[c.Variable] = c.Value
				switch c.Variable {
				case "python_full_version", "implementation_version":
					if full, err := packaging.ParseVersion(c.Value); err == nil {
						special["python_version"] = minorOf(full)
					}
				}
				if all(special) {
					return true
				}
			}
		}
	}
	return false
}

// minorOf is the python_version of a python_full_version.
func minorOf(v packaging.Version) string {
	dots := 0
	text := v.String()
	for i := range len(text) {
		if text[i] == '.' {
			if dots++; dots == 2 {
				return text[:i]
			}
		}
	}
	return text
}
