package pypi

import (
	"fmt"
	"strings"
)

// readINI reads a file of pip's configuration as Python's RawConfigParser
// does: no quotes, no interpolation, no comments behind a value; a line that
// is indented deeper than its key goes on with the value; a key or section
// that comes twice is an error. The keys of the result are "section.key", key
// in pip's spelling: lower case, dashes.
//
// The INI libraries looked at take quotes off, cut comments behind values,
// join lines at backslashes, or put one meaning on %, each of which changes
// URLs and passwords.
func readINI(src string) (map[string]string, error) {
	values := map[string]string{}
	sections := map[string]bool{}
	var section, key string
	var keyIndent int
	src = strings.TrimPrefix(src, "\ufeff")
	for n, line := range strings.Split(strings.ReplaceAll(src, "\r\n", "\n"), "\n") {
		text := strings.TrimSpace(line)
		comment := strings.HasPrefix(text, "#") || strings.HasPrefix(text, ";")
		if text == "" || comment {
			if !comment && key != "" {
				values[section+"."+key] += "\n"
			}
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if key != "" && indent > keyIndent {
			values[section+"."+key] += "\n" + text
			continue
		}
		if end := strings.LastIndexByte(text, ']'); text[0] == '[' && end > 1 {
			section, key = text[1:end], ""
			if sections[section] {
				return nil, fmt.Errorf("line %d: the section %q comes twice", n+1, section)
			}
			sections[section] = true
			continue
		}
		if section == "" {
			return nil, fmt.Errorf("line %d: a line before the first section", n+1)
		}
		at := strings.IndexAny(text, "=:")
		if at <= 0 {
			return nil, fmt.Errorf("line %d: neither a section nor key = value", n+1)
		}
		key, keyIndent = optionName(text[:at]), indent
		if _, twice := values[section+"."+key]; twice {
			return nil, fmt.Errorf("line %d: %q comes twice", n+1, key)
		}
		values[section+"."+key] = strings.TrimSpace(text[at+1:])
	}
	for k, v := range values {
		values[k] = strings.TrimRight(v, "\n")
		// [DEFAULT] stands in for what a section leaves out.
		if name, ok := strings.CutPrefix(k, "DEFAULT."); ok {
			for s := range sections {
				if _, set := values[s+"."+name]; !set {
					values[s+"."+name] = values[k]
				}
			}
		}
	}
	return values, nil
}

// optionName spells a key as pip does (configuration.py, _normalize_name).
func optionName(key string) string {
	key = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(key)), "_", "-")
	return strings.TrimPrefix(key, "--")
}
