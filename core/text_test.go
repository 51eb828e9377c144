package core

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestOneLine(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"plain", 10, "plain"},
		{"a\nb\x1b[31m\u0085c", 20, "a b [31m c"},
		{"ééé", 5, "éé"},
		{"\xff\xffab", 4, "\uFFFDa"},
		{"", 0, ""},
		{"x", 0, ""},
	} {
		if got := OneLine(c.in, c.limit); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzOneLine(f *testing.F) {
	f.Add("a\x00\xffé", 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		got := OneLine(s, limit)
		if len(got) > max(limit, 0) || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q with %d: %q", s, limit, got)
		}
	})
}

func TestLogCap(t *testing.T) {
	var c LogCap
	now := time.Unix(100, 0)
	if !c.Take(now, MaxLogMinute) || c.Take(now.Add(time.Minute-1), 1) {
		t.Error("the bound is another")
	}
	if !c.Take(now.Add(time.Minute), 1) {
		t.Error("the next minute has no room")
	}
}
