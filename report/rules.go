package report

// Level says how grave a finding is.
type Level string

// The levels. Unverifiable is no judgement of the file: what was asked could not
// be verified.
const (
	Error        Level = "error"
	Warning      Level = "warning"
	Note         Level = "note"
	Unverifiable Level = "unverified"
)

// Rule is a kind of finding. An ID never changes its meaning.
type Rule struct {
	ID      string
	Level   Level  // unless the finding says otherwise
	Offline bool   // needs no index: lint asks it
	Summary string // what it finds, one sentence
	Why     string // what it costs who leaves it
	Fix     string // what to do about it
}

// mayBeAttack tells whether findings of a rule may be somebody's doing, so that
// formats with a gravest grade give it to them.
func mayBeAttack(id string) bool {
	return id == "digest-changed" || id == "quarantined" || id == "index-confusion"
}

// URL is where the documentation explains the rule.
func (r Rule) URL() string { return docs + "rules.md#" + r.ID }

const (
	home = "https://github.com/reqhash/reqhash"
	docs = home + "/blob/main/docs/"
)

// Rules returns every rule, in the order in which the documentation has them.
func Rules() []Rule { return rules[:] }

// RuleOf returns the rule of that ID. The zero Rule and false: there is none.
func RuleOf(id string) (Rule, bool) {
	for _, r := range rules {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

var rules = [...]Rule{
	{"no-hashes", Error, true,
		"No requirement of the file has a hash.",
		"pip installs whatever the index sends. Nothing notices a file that was exchanged.",
		`"reqhash fix --require-hashes" writes the hashes of every pinned requirement; a file that is no lock is a warning only.`},
	{"missing-hash", Error, true,
		"Hash checking is on, and pip reads no hash for the requirement.",
		"pip refuses the whole run: with one hash anywhere, every requirement needs one.",
		`"reqhash fix" writes the hashes of the release's files.`},
	{"hash-mismatch", Error, false,
		"None of the requirement's hashes belongs to a file of its release.",
		"pip refuses the file that it downloads, whichever that is.",
		`The finding names where the hashes come from. "reqhash fix" replaces them, unless nothing at all is known of them.`},
	{"foreign-hash", Error, false,
		"Some of the requirement's hashes belong to its release and some do not.",
		"pip installs on some platforms and refuses on others, or would accept a file that nobody meant.",
		`"reqhash fix" replaces the hash where the right one is known, and removes it otherwise.`},
	{"malformed-hash", Error, true,
		"The hash is no digest of its algorithm: wrong length, or not hexadecimal.",
		"pip does not look at it: it is kept and never matches.",
		`"reqhash check" finds the digest that was meant, "reqhash fix" writes it.`},
	{"digest-changed", Error, false,
		"The index gives another digest for a file name than it gave before.",
		"A published file never changes. Either the index was broken into, or it is another index.",
		"Do not install. Compare with another network or mirror, and report it to the index. It is never fixed automatically."},
	{"no-installable-hash", Error, false,
		"Only files that pip never installs are listed: .egg, .exe, .msi, .rpm.",
		"pip refuses whatever it downloads.",
		`"reqhash fix --complete" adds the hashes of the release's wheels and sdists.`},
	{"unlisted-dependency", Error, false,
		"A release that is listed needs a project that no line lists.",
		"With hash checking on, pip refuses a dependency that has no pin and no hash.",
		"Compile the file again, or add the dependency pinned and hashed."},
	{"no-such-project", Error, false,
		"No index that counts has the project.",
		"pip cannot install it, and whoever registers the name decides what is installed.",
		"Correct the name, or name the index that has it."},
	{"no-such-release", Error, false,
		"The project exists, and no index that counts has a file of the release.",
		"pip cannot install it.",
		"Pin a release that exists."},
	{"quarantined", Error, false,
		"The index has put the project into quarantine.",
		"It is suspected of malware and cannot be installed.",
		"Remove the project, and look at what was installed from it."},
	{"unpinned", Error, true,
		"Hash checking is on, and the requirement is not pinned to one release by ==.",
		"pip before 26.1 refuses it; later ones install whichever release the hashes fit.",
		"Pin it: name==version."},
	{"unhashable", Error, true,
		"Hash checking is on, and the requirement is a repository, a directory or an editable.",
		"pip has nothing to hash, and refuses the whole run.",
		"Move it into a file of its own, installed by another command, or use an archive URL with a hash."},
	{"ignored-hash", Error, true,
		"A hash is written, and pip does not read it.",
		"It protects nothing, and pip says little or nothing about it.",
		`"reqhash fix" puts it where pip reads it, where that is certain.`},
	{"swallowed-requirement", Error, true,
		"A requirement or a marker is written, and pip does not read it.",
		"It is not installed, or it is installed where it should not be, silently.",
		`Put it on a line of its own. "reqhash fix --repair" does it where only one repair is right.`},
	{"invalid-requirement", Error, true,
		"pip refuses the line.",
		"pip stops at it and installs nothing.",
		"Correct the line as the message says."},
	{"ambiguous-line", Error, true,
		"pip and other readers, or different versions of pip, take the line differently.",
		"What is installed depends on who reads it.",
		"Write it so that all read the same."},
	{"conflicting-requirement", Error, true,
		"A run lists one project at different releases.",
		"pip refuses the run, or installs only one of them.",
		"Keep one of them, or give them markers that exclude each other."},
	{"missing-include", Error, true,
		"A file that is included by -r or -c does not exist or cannot be read.",
		"pip stops at it and installs nothing.",
		"Correct the path: it is relative to the file that includes."},
	{"include-cycle", Error, true,
		"A file includes itself, directly or by way of others.",
		"pip stops at it and installs nothing.",
		"Remove one of the includes."},
	{"index-confusion", Error, false,
		"Two indexes offer different files for one release.",
		"pip takes whichever it likes best. An attacker registers the name of an internal project on a public index.",
		"Say in the configuration which index the project comes from."},
	{"late-upload", Warning, false,
		"A file of the release was uploaded more than 14 days after its first.",
		"That is how a stolen account adds a file to a release that everybody trusts. PyPI refuses it since 8 July 2026.",
		"Look at the file and at who uploaded it before you list its hash."},
	{"yanked", Warning, false,
		"The release was yanked by its maintainers.",
		"pip installs a yanked release only because it is pinned.",
		"Move to another release; the reason is in the message."},
	{"sdist-only", Warning, false,
		"Only the hash of a source distribution is listed although the release has wheels.",
		"pip builds it, and what the build needs is not checked by any hash.",
		`"reqhash fix --complete" adds the wheels.`},
	{"insecure-index", Warning, true,
		"An index is asked without verification: plain http, or a trusted host.",
		"Whoever sits between decides what is installed where no hash is listed.",
		"Use https."},
	{"inconsistent-services", Warning, false,
		"Services list one release with different hashes, or one project at different releases.",
		"What was tested in one place is not what runs in the other.",
		"Bring them into line."},
	{"duplicate-hash", Warning, true,
		"A hash is listed twice for one requirement.",
		"It does no harm, and says that the list was edited by hand.",
		`"reqhash fix" removes the second.`},
	{"require-hashes-off", Warning, true,
		"The file switches hash checking off.",
		"From pip 26.2 a wrong hash is then accepted whenever the index publishes another digest for the file.",
		"Remove --no-require-hashes."},
	{"unused-ignore", Warning, true,
		"An ignore covers no finding.",
		"It would hide the next one.",
		"Remove it."},
	{"expired-ignore", Warning, true,
		"An ignore is past its date and does not ignore any more.",
		"What it put off is due.",
		"Repair what it covered, or set a new date with a new reason."},
	{"incomplete-hashes", Note, false,
		"Files of the release that pip could install are not listed.",
		"pip refuses where it would choose one of them. Exporters leave files out on purpose.",
		`"reqhash fix --complete" adds them.`},
	{"skipped-file", Note, true,
		"A file that was found by its name is not a requirements file.",
		"It is not checked.",
		"Name it on the command line if it should be."},
	{"unverifiable", Unverifiable, false,
		"Something could not be verified: an index that did not answer, or no digest to compare with.",
		"It may be right or wrong. It is not called clean, and the exit status is 3.",
		"Ask again when the index answers; for direct URLs and private indexes without digests, --download."},
}
