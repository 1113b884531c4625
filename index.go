package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// pipConfig reads what pip is configured with. Where pip would not start, we do
// not either.
func (j *job) pipConfig() (pypi.Config, error) {
	c, err := pypi.ReadConfig(j.environment())
	if err != nil {
		return c, usageError{err}
	}
	return c, nil
}

func (j *job) environment() pypi.Environment {
	home, _ := os.UserHomeDir() // none: pip has no file of the user's then
	return pypi.Environment{
		Getenv:   j.world.getenv,
		Environ:  os.Environ(),
		ReadFile: os.ReadFile,
		ReadDir:  os.ReadDir,
		Exists:   func(path string) bool { _, err := os.Stat(path); return err == nil },
		OS:       runtime.GOOS,
		Home:     home,
		Dir:      j.dir,
	}
}

// client is the index of the run.
func (j *job) client() (*pypi.Client, error) {
	transport, err := j.pip.Transport(false)
	if err != nil {
		return nil, usageError{err}
	}
	insecure, err := j.pip.Transport(true)
	if err != nil {
		return nil, usageError{err}
	}
	credentials, err := j.pip.Credentials()
	j.netrc = err // pip asks without it too
	dir := j.settings.cacheDir
	switch {
	case j.settings.noCache:
		dir = ""
	case dir == "":
		dir = pypi.CacheDir(j.environment())
	}
	return pypi.New(pypi.Options{
		Show:        j.show,
		CacheDir:    dir,
		Offline:     j.settings.offline,
		Refresh:     j.settings.refresh,
		MaxAge:      time.Duration(j.settings.maxAge),
		Transport:   transport,
		Insecure:    insecure,
		Trusted:     j.pip.TrustedHosts,
		Credentials: credentials,
		Own:         j.pip.Own(append([]string{j.settings.indexURL}, j.settings.extraIndexURL...)...),
		Version:     build().version,
		Timeout:     time.Duration(j.settings.timeout),
		RunTimeout:  time.Duration(j.settings.runTimeout),
		InFlight:    int(j.settings.jobs),
	}), nil
}

// tellNetrc says why the netrc file is not used.
func (j *job) tellNetrc() {
	if j.netrc != nil {
		j.world.say("the netrc file is not used, nor does pip use it: %v", j.netrc)
	}
}

// sources says which indexes count for a run, design 1.4: those of --index-url,
// else those of our configuration, else what pip would ask; and always those of
// --extra-index-url.
func (j *job) sources(run requirements.Run) pypi.Sources {
	return j.sourcesBy(j.configOf(run.Root.Path), j.optionLines(run))
}

// sourcesBy is sources for a configuration and the option lines that pip reads.
func (j *job) sourcesBy(c *config, lines []pypi.Line) pypi.Sources {
	s := j.settings
	var src pypi.Sources
	switch {
	case s.indexURL != "":
		src = j.pip.Only(s.indexURL)
	case c.IndexURL != "":
		dir := filepath.Dir(c.path)
		src = j.pip.Only(append([]string{beside(dir, c.IndexURL)}, besides(dir, c.ExtraIndexURL)...)...)
	default:
		src = j.pip.With(j.pip.Sources(lines), besides(filepath.Dir(c.path), c.ExtraIndexURL)...)
	}
	return j.pip.With(src, s.extraIndexURL...)
}

// optionLines are the options of everything that a run reads, in the order in
// which pip meets them.
func (j *job) optionLines(run requirements.Run) []pypi.Line {
	var lines []pypi.Line
	for at := range run.Entries() {
		if at.File.Lines[at.Line].Kind != requirements.Option {
			continue
		}
		line := pypi.Line{Dir: filepath.Dir(j.absolute(at.File.Path))}
		for _, s := range at.File.Lines[at.Line].Settings {
			line.Options = append(line.Options, pypi.Option{Name: s.Name, Value: s.Value})
		}
		lines = append(lines, line)
	}
	return lines
}

// asked names the indexes of the report's files, each once.
func asked(r *report.Report) []string {
	var list []string
	for _, f := range r.Files {
		for _, index := range f.Indexes {
			if !slices.Contains(list, index) {
				list = append(list, index)
			}
		}
	}
	return list
}

// settingsOf hands down what flags and configuration say of the file at a path.
func (j *job) settingsOf(path string) audit.Settings {
	c := j.configOf(path)
	s := c.settings(j.absolute(path), j.pip, j.show(c.path))
	if len(j.targets) > 0 {
		s.Targets = j.targets
	}
	if j.settings.indexURL != "" {
		s.Projects = nil // the index of the flag, and nothing else
	}
	return s
}
