package pypi

import "path/filepath"

// CacheDir returns where answers are kept by default: in the user's cache
// folder (XDG_CACHE_HOME and its like), "" where there is no home.
func CacheDir(env Environment) string {
	base := env.Getenv("XDG_CACHE_HOME")
	switch {
	case filepath.IsAbs(base):
	case env.OS == "windows":
		base = env.Getenv("LocalAppData")
	case env.Home == "":
		return ""
	case env.OS == "darwin":
		base = filepath.Join(env.Home, "Library", "Caches")
	default:
		base = filepath.Join(env.Home, ".cache")
	}
	if base == "" {
		return ""
	}
	return filepath.Join(base, "reqhash")
}
