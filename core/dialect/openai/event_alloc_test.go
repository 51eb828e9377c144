//go:build !race

package openai

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// TestEventAllocations makes sure that a long stream costs no more than a short one.
func TestEventAllocations(t *testing.T) {
	dialecttest.NoEventAllocs(t, Chat{}, steadyEvents...)
}
