package packaging

import (
	"fmt"
	"slices"
	"strings"
)

// Evaluate tells whether the marker is true in the environment env for one of the extras that are asked for; none is one that is called "".
// It is false where Match has an error.
func (m Marker) Evaluate(env map[string]string, extras []string) bool {
	ok, err := m.Match(env, extras)
	return ok && err == nil
}

// Match is Evaluate and says why a comparison means nothing: a variable that env lacks, an operator that is not defined for texts. pip ends
// there with a traceback. env has the variables of PEP 508 but extra: python_version, sys_platform and so on.
func (m Marker) Match(env map[string]string, extras []string) (bool, error) {
	if m.nodes == nil {
		return true, nil
	}
	if len(extras) == 0 {
		return matchNodes(m.nodes, environment{env, ""})
	}
	for _, extra := range extras {
		if ok, err := matchNodes(m.nodes, environment{env, NormalizeName(extra)}); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// environment is what a marker is judged by.
type environment struct {
	variables map[string]string
	extra     string
}

func (e environment) value(name string) (string, error) {
	if name == "extra" {
		return e.extra, nil
	}
	value, ok := e.variables[name]
	if !ok {
		return "", fmt.Errorf("the environment has no %q", name)
	}
	if name == "python_full_version" && strings.HasSuffix(value, "+") { // of a Python built from a checkout
		value += "local"
	}
	return value, nil
}

// matchNodes looks at every comparison, also where the first ones decide: an error in a later one is one, as it is for packaging.
func matchNodes(nodes []node, e environment) (bool, error) {
	any, all := false, true
	for i := 0; i < len(nodes); i++ {
		n, ok, err := &nodes[i], true, error(nil)
		switch n.kind {
		case or:
			any, all = any || all, true
			continue
		case comparing:
			ok, err = n.match(e)
		case opening:
			ok, err = matchNodes(nodes[i+1:i+n.end], e)
			i += n.end
		}
		if err != nil {
			return false, err
		}
		all = all && ok
	}
	return any || all, nil
}

// versionVariables are compared as versions, the others as texts.
var versionVariables = [...]string{"implementation_version", "platform_release", "python_full_version", "python_version"}

func (n *node) match(e environment) (bool, error) {
	// The variable is looked up on one side only; the other side stands for itself, even if it is a variable (packaging's _evaluate_markers).
	left, right, key := n.left.text, n.right.text, n.left.text
	var err error
	if n.left.variable {
		left, err = e.value(key)
	} else {
		key = n.right.text
		right, err = e.value(key)
	}
	if err != nil {
		return false, err
	}
	if slices.Contains(versionVariables[:], key) {
		if spec, ok := parseSpecifier(n.op + right); ok {
			return spec.matchesText(left), nil
		}
	}
	switch n.op {
	case "in":
		return strings.Contains(right, left), nil
	case "not in":
		return !strings.Contains(right, left), nil
	case "==", "<=", ">=":
		return left == right, nil
	case "!=":
		return left != right, nil
	case "<", ">":
		return false, nil
	}
	return false, fmt.Errorf("%q and %q cannot be compared with %s", left, right, n.op)
}

// parseSpecifier reads exactly one clause.
func parseSpecifier(s string) (Specifier, bool) {
	i := blanks(s, 0)
	spec, end := scanSpecifier(s, i)
	return spec, spec.Op != "" && end+blanks(s, end) == len(s)
}

// matchesText is Matches for a version as it is written: === compares it so, and what is no version meets no other clause.
func (s Specifier) matchesText(version string) bool {
	if s.Op == "===" {
		return strings.EqualFold(version, s.Version)
	}
	v, err := ParseVersion(version)
	return err == nil && s.Matches(v)
}
