package sallyport

import (
	"errors"
	"strconv"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/jsonptr"
)

// Config is the configuration of an instance: a JSON object that the host has
// held to the manifest's schema and in which its defaults are filled in.
//
// Single values are named by JSON pointers (RFC 6901), such as "/words" or
// "/lists/0/name". What is not there has the zero value. What is there and of
// another type is remembered: the configuration is then refused when the
// plugin's Configure has returned nil.
type Config struct {
	m     abi.ConfigureCall
	fault error
}

// Plugin returns the manifest's id.
func (c *Config) Plugin() string { return string(c.m.Plugin) }

// Instance returns the instance's name.
func (c *Config) Instance() string { return string(c.m.Instance) }

// Window returns how many bytes of a streamed answer the host holds back at
// most; 0 where no stream is guarded.
func (c *Config) Window() int { return int(c.m.Window) }

// Revision returns the newest revision of the ABI that the host knows.
func (c *Config) Revision() int { return int(c.m.Revision) }

// Granted tells whether the operator granted a capability.
func (c *Config) Granted(capability string) bool {
	for _, g := range c.m.Capabilities {
		if string(g) == capability {
			return true
		}
	}
	return false
}

// JSON returns the whole configuration, for [encoding/json.Unmarshal] and its
// like. It is valid until Configure returns. A plugin that imports encoding/json
// is half as large again as one that reads single values, and slower to start.
func (c *Config) JSON() []byte { return c.m.Config }

// Has tells whether there is a value, null included.
func (c *Config) Has(path string) bool {
	_, ok := jsonptr.Find(c.m.Config, path)
	return ok
}

// String returns a string, or "".
func (c *Config) String(path string) string {
	return read(c, path, "a string", func(raw []byte) (string, bool) { return jsonptr.String(raw) })
}

// Strings returns a list of strings, or nil.
func (c *Config) Strings(path string) []string {
	return read(c, path, "a list of strings", func(raw []byte) (list []string, ok bool) {
		valid := true
		ok = jsonptr.Elements(raw, func(v []byte) bool {
			s, isString := jsonptr.String(v)
			valid = valid && isString
			list = append(list, s)
			return valid
		})
		return list, ok && valid
	})
}

// Int returns an integer, or 0.
func (c *Config) Int(path string) int64 {
	return read(c, path, "an integer", func(raw []byte) (int64, bool) {
		n, err := strconv.ParseInt(string(raw), 10, 64)
		return n, err == nil
	})
}

// Float returns a number, or 0.
func (c *Config) Float(path string) float64 {
	return read(c, path, "a number", func(raw []byte) (float64, bool) {
		n, err := strconv.ParseFloat(string(raw), 64)
		return n, err == nil
	})
}

// Bool returns true or false; false where there is nothing.
func (c *Config) Bool(path string) bool {
	return read(c, path, "true or false", func(raw []byte) (bool, bool) {
		return string(raw) == "true", string(raw) == "true" || string(raw) == "false"
	})
}

// Len returns the number of elements of a list, or 0.
func (c *Config) Len(path string) int {
	return read(c, path, "a list", func(raw []byte) (n int, ok bool) {
		ok = jsonptr.Elements(raw, func([]byte) bool { n++; return true })
		return n, ok
	})
}

func read[T any](c *Config, path, want string, convert func(raw []byte) (T, bool)) (v T) {
	raw, ok := jsonptr.Find(c.m.Config, path)
	if !ok || string(raw) == "null" {
		return v
	}
	got, ok := convert(raw)
	if ok {
		return got
	}
	if c.fault == nil {
		c.fault = errors.New("the configuration's " + path + " is not " + want)
	}
	return v
}
