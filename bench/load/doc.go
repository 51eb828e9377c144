// Package load is a small HTTP/1.1 load generator for loopback: pre-rendered
// requests over keep-alive connections, driven by one thread with epoll, so that
// the load costs little beside what it loads. It works on Linux alone.
//
// A closed loop keeps a number of requests outstanding; an open loop sends at a
// rate whatever the answers do. Both read answers with Content-Length or chunked
// framing, and of event streams the time stamps that the mock provider writes
// into each event.
package load
