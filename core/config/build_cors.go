package config

import "net/url"

// origins checks the web pages that may call.
func (b *builder) origins() {
	for i, o := range b.cfg.CORS.Origins {
		if o != "*" && !isOrigin(o) {
			b.report(indexed("cors.origins", i), "%s is not an origin; write one like https://app.example.com, or *", quote(o))
		}
	}
	if len(b.cfg.CORS.Origins) > 0 && b.snap.Keyless {
		b.report("cors.origins", "needs keys: without them any page in a browser could use the gateway")
	}
}

// isOrigin tells whether s is an origin as browsers send it (RFC 6454 §6.2):
// scheme, host and port, in lower case, without the scheme's own port.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return false
	}
	usual := u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80"
	return !usual && s == u.Scheme+"://"+u.Host && (u.Scheme == "https" || u.Scheme == "http") && isLower(s)
}

func isLower(s string) bool {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			return false
		}
	}
	return true
}
