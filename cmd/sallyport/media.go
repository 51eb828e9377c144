package main

import (
	"net"

	"github.com/sallyport-gateway/sallyport/core/attempt"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// media returns what fetches images and documents that a provider does not take by
// URL, under the limits and egress rules of the snapshot.
func media(snap *config.Snapshot, names *net.Resolver) *attempt.Media {
	l := &snap.Limits
	return &attempt.Media{
		Fetcher: upstream.NewFetcher(upstream.FetcherOptions{
			Egress: upstream.Egress{Allow: snap.Media}, Resolver: names, UserAgent: "sallyport/" + version,
		}),
		Bytes: l.MediaBytes, Items: l.MediaItems, Time: l.MediaTime,
	}
}
