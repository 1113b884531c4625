package requirements

// Join makes one run of several, as one command of pip with several -r reads
// them: hash checking is on for all if one turns it on, and no more than that
// is shared. The first root stands for the run.
func Join(runs ...Run) Run {
	joined := runs[0]
	joined.Members, joined.Parts, joined.Remote = nil, nil, nil
	seen := map[Member]bool{}
	byHash, explicit := Where{}, Where{}
	for _, r := range runs {
		joined.Named = joined.Named || r.Named
		for _, m := range r.Members {
			if !seen[m] {
				seen[m] = true
				joined.Members = append(joined.Members, m)
			}
		}
		joined.Parts = append(joined.Parts, r.Parts...)
		joined.Remote = append(joined.Remote, r.Remote...)
		if r.Explicit && explicit.File == nil {
			explicit = r.By
		}
		if joined.Off.File == nil {
			joined.Off = r.Off
		}
	}
	for e := range joined.Entries() {
		if l := &e.File.Lines[e.Line]; l.Kind == Requirement && len(l.Hashes) > 0 {
			byHash = e.Where
			break
		}
	}
	joined.Explicit = explicit.File != nil
	joined.HashChecking, joined.By = false, Where{}
	switch {
	case joined.Explicit:
		joined.HashChecking, joined.By = true, explicit
	case byHash.File != nil && joined.Off.File == nil:
		joined.HashChecking, joined.By = true, byHash
	}
	return joined
}

// ConstraintsAlone is the run of a constraints file that no root reaches: it is
// given to pip on the command line, beside roots that nobody here knows. It
// turns nothing on by itself.
func ConstraintsAlone(f *File) Run {
	m := Member{File: f, Constraint: true}
	return Run{Root: f, Members: []Member{m}, Parts: []Part{{m, 0, len(f.Lines)}}}
}
