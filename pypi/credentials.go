package pypi

import (
	"context"
	"net/url"
	"strings"
)

// Credentials returns user and password for a host (without port) where a URL
// of it has none, as Netrc does. It may be called by many at once.
type Credentials func(host string) (user, password string, ok bool)

// keyring holds what the user's own configuration has to open hosts: the
// userinfo of its addresses, and netrc.
type keyring struct {
	more Credentials
	keys []key
}

// key is the login of one address; path is the address's.
type key struct {
	path string
	login
}

// login opens what lies at one origin, where it is known.
type login struct {
	origin, user, password string
	known                  bool
	asked                  bool // a password was given, be it an empty one
}

// origin is scheme, host and port, with the scheme's own port made explicit.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// ownLogin is that of the URL's userinfo.
func ownLogin(u *url.URL) login {
	l := login{origin: origin(u)}
	if u.User != nil {
		l.user, l.known = u.User.Username(), true
		l.password, l.asked = u.User.Password()
	}
	return l
}

func newKeyring(addresses []string, more Credentials) *keyring {
	k := &keyring{more: more}
	for _, address := range addresses {
		if u, _, err := place(address); err == nil && u != nil && u.User != nil {
			k.keys = append(k.keys, key{u.Path, ownLogin(u)})
		}
	}
	return k
}

// find returns what opens a URL, as pip's network/auth.py has it: its own
// userinfo, else that of the configured address of the same origin that has
// the longest path in common with it, else what netrc has for the host. A user
// without a password goes on looking for one.
func (k *keyring) find(u *url.URL) login {
	found := ownLogin(u)
	if found.asked {
		return found
	}
	best, named := -1, found
	for _, key := range k.keys {
		if key.origin != found.origin || named.known && key.user != named.user {
			continue
		}
		if n := common(key.path, u.Path); n > best {
			best, found = n, key.login
		}
	}
	if found.asked || k.more == nil {
		return found
	}
	if user, password, ok := k.more(strings.ToLower(u.Hostname())); ok && (!found.known || user == found.user) {
		return login{found.origin, user, password, true, true}
	}
	return found
}

// common counts the whole path segments that two paths begin with.
func common(a, b string) int {
	as, bs := strings.Split(strings.Trim(a, "/"), "/"), strings.Split(strings.Trim(b, "/"), "/")
	n := 0
	for n < len(as) && n < len(bs) && as[n] == bs[n] {
		n++
	}
	return n
}

type loginKey struct{}

// withLogin carries the login that requests to its origin are sent with,
// whatever else is known for it.
func withLogin(ctx context.Context, l *login) context.Context {
	if l == nil {
		return ctx
	}
	return context.WithValue(ctx, loginKey{}, l)
}

// loginFor returns what a request to a URL is sent with.
func (k *keyring) loginFor(ctx context.Context, u *url.URL) login {
	if l, _ := ctx.Value(loginKey{}).(*login); l != nil && l.origin == origin(u) {
		return *l
	}
	return k.find(u)
}

// with returns the login that opens a URL that an index gave: the index's own
// where it lies there too, else what is known for the URL.
func (k *keyring) with(l *login, u *url.URL) *login {
	if l != nil && l.origin == origin(u) {
		return l
	}
	found := k.find(u)
	return &found
}
