package report

// Example returns a requirements file in which the rule finds something, or
// words where it takes more than a file. Lines "-- NAME --" begin another file;
// the first is requirements.txt. Its index is the one recorded in testdata.
func (r Rule) Example() string { return examples[r.ID] }

const (
	sixWheel  = "--hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"
	sixSdist  = "--hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81"
	pytzWheel = "--hash=sha256:31c7c1817eb7fae7ca4b8c7ee50c72f93aa2dd863de768e1ef4245d426aa0725"
)

var examples = map[string]string{
	"no-hashes":             "six==1.17.0\npytz==2024.2\n",
	"missing-hash":          "six==1.17.0 " + sixWheel + "\npytz==2024.2\n",
	"hash-mismatch":         "six==1.17.0 " + pytzWheel + "\n",
	"foreign-hash":          "six==1.17.0 \\\n    " + sixWheel + " \\\n    " + pytzWheel + "\n",
	"malformed-hash":        "six==1.17.0 --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c\n",
	"digest-changed":        "(six-1.17.0.tar.gz had one SHA-256 digest when the index was asked last, and has another today)\n",
	"no-installable-hash":   "(the only hash that is listed is that of six-1.17.0.win32.exe)\n",
	"unlisted-dependency":   "python-dateutil==2.9.0.post0 \\\n    --hash=sha256:a8b2bc7bffae282281c8140a97d3aa9c14da0b136dfe83f850eea9a5f7470427\n",
	"no-such-project":       "sixx==1.0 " + sixWheel + "\n",
	"no-such-release":       "six==99.0 " + sixWheel + "\n",
	"quarantined":           "(the index says of the project: quarantined, PEP 792)\n",
	"unpinned":              "six==1.17.0 " + sixWheel + "\npytz>=2024.1\n",
	"unhashable":            "six==1.17.0 " + sixWheel + "\n-e .\n",
	"ignored-hash":          "six==1.17.0 \\\n    # the wheel\n    " + sixWheel + "\n",
	"swallowed-requirement": "six==1.17.0 " + sixWheel + " \\\npytz==2024.2 " + pytzWheel + "\n",
	"invalid-requirement":   "six=1.17.0\n",
	"ambiguous-line":        "--index-url https://a.example/simple --index-url https://b.example/simple\nsix==1.17.0\n",
	"conflicting-requirement": "six==1.17.0 " + sixWheel + "\n-r more.txt\n" +
		"-- more.txt --\nsix==1.16.0 " + sixSdist + "\n",
	"missing-include":       "-r no-such-file.txt\n",
	"include-cycle":         "-r more.txt\n-- more.txt --\n-r requirements.txt\n",
	"index-confusion":       "(--index-url has internal-tool 1.0, and so has --extra-index-url, with other files)\n",
	"late-upload":           "scikit-learn==1.5.2\n",
	"yanked":                "(the maintainers have yanked the release, with the reason: breaks on Python 3.11)\n",
	"sdist-only":            "six==1.17.0 " + sixSdist + "\n",
	"insecure-index":        "--index-url http://pypi.example.com/simple\nsix==1.17.0 " + sixWheel + "\n",
	"inconsistent-services": "six==1.17.0 " + sixWheel + "\n-- api/requirements.txt --\nsix==1.16.0 " + sixSdist + "\n",
	"duplicate-hash":        "six==1.17.0 " + sixWheel + " " + sixWheel + "\n",
	"require-hashes-off":    "--no-require-hashes\nsix==1.17.0 " + sixWheel + "\n",
	"unused-ignore":         "# reqhash: ignore[missing-hash] until 2026-12-31: a build of our own\nsix==1.17.0 " + sixWheel + "\n",
	"expired-ignore":        "# reqhash: ignore[hash-mismatch] until 2024-12-31: a build of our own\nsix==1.17.0 " + pytzWheel + "\n",
	"incomplete-hashes":     "six==1.17.0 " + sixWheel + "\n",
	"skipped-file":          "six==1.17.0 " + sixWheel + "\n-- old-requirements.txt --\nWhat we need to talk about:\n\n* who orders the cake\n* who brings the music, and the chairs\n",
	"unverifiable":          "tool @ https://example.com/tool-1.0.tar.gz " + sixWheel + "\n",
}
