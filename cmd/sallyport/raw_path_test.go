package main

import (
	"bufio"
	"fmt"
	"net/http"
	"testing"
)

// outsidePaths are paths behind /p/own that some server reads as one outside of /base.
var outsidePaths = []string{
	"/..", "/../admin", "/x/../../admin", "/x/..", "/.", "/./x", "/x/.", "//", "//evil.example.com/x", "/x//y", "/x//",
	"/%2e%2e/admin", "/%2E./admin", "/.%2e", "/%2e", "/x/%2e%2e%2f%2e%2e/admin", "/..%2fadmin", "/..%5cadmin", "/x%2f..%2f..%2fadmin",
	"/x%5C..%5C..%5Cadmin", "/%252e%252e/admin", "/%25252e%25252e/admin", "/%2525252e%2525252e/admin", "/..%252fadmin", "/..%255cadmin",
	"/..;/admin", "/..;a=b/admin", "/.;/x", "/..%3b/admin", "/..%20/admin", "/%20../admin", "/..%09/admin", "/..%00/admin", "/..%0d%0a/admin", "/x%00", "/x%0a",
	"/%c0%ae%c0%ae/admin", "/x%2f%2fy", "/%2f%2fevil.example.com", "/%2f/x", "/..\\admin", "/x\\..\\..\\admin", "/x%", "/x%2", "/x%zz", "/%u002e%u002e/x",
	"/x#/../admin", "/\"x", "/<x>", "/{x}", "/x|y", "/x^y", "/x`y", "/\x80", "/x\x7f",
}

// oddPaths are paths that only look strange.
var oddPaths = []string{
	"/x", "/x/", "/...", "/..x", "/x..", "/.x", "/x%2Fy", "/x%5Cy", "/100%25", "/a%2525", "/%e2%82%ac", "/x;v=1", "/a:b@c", "/!$&'()*+,=~", "/x/..y",
	"/arn%3Aaws%3Abedrock%3A%3A1%3Ax%2Fy/invoke", "/x%20y", "/..%2e", "",
}

// TestRawPaths sends what clients' libraries would tidy up: byte by byte.
func TestRawPaths(t *testing.T) {
	api := newOwnAPI(t, nil)
	l := newRawLab(t, api, labConfig{})
	ask := func(target string) int {
		t.Helper()
		c := l.dial()
		l.send(c, "GET "+target+" HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "+virtualKey+"\r\nConnection: close\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("%q: %v", target, err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	for _, path := range outsidePaths {
		for _, query := range []string{"", "?a=/../b"} {
			if status := ask("/p/own" + path + query); status != 400 {
				t.Errorf("%q: status %d", path+query, status)
			}
		}
	}
	// These are not below /p/own at all.
	for _, target := range []string{"/p/%2e%2e/x", "/p/own%2f..%2fadmin", "/p/..", "/p/../p/own/x", "//p/own/x", "/p//own/x", "/p", "/P/own/x", "/p/own\\x"} {
		if status := ask(target); status != 400 && status != 404 {
			t.Errorf("%q: status %d", target, status)
		}
	}
	for _, query := range []string{"?x#y", "?\x80", "?a\x7f"} {
		if status := ask("/p/own/x" + query); status != 400 {
			t.Errorf("%q: status %d", query, status)
		}
	}
	if calls := api.seen(); len(calls) != 0 {
		t.Fatalf("the provider got %v", calls)
	}
	for _, path := range oddPaths {
		const query = "?a=/../b&c=[1]&d=%zz&e=%2e%2e&=f&&"
		if status := ask("/p/own" + path + query); status != 200 || api.last().uri != "/base"+path+query {
			t.Errorf("%q: status %d, the provider got %s", path, status, api.last().uri)
		}
	}
	if calls := api.seen(); len(calls) != len(oddPaths) {
		t.Errorf("the provider got %d calls, want %d: %v", len(calls), len(oddPaths), fmt.Sprint(calls))
	}
}
