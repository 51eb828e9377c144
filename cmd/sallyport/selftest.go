package main

import (
	"context"

	"github.com/sallyport-gateway/sallyport/cmd/sallyport/internal/author"
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/folder"
)

// casesSuffix ends the names of instances that run self-test cases. They are no
// instances of the operator's and have no figures.
const casesSuffix = author.CasesSuffix

// selfTest runs the cases that lie beside a plugin's file.
func selfTest(ctx context.Context, f *folder.File, a core.Artifact) error {
	if f.Cases == nil {
		return nil
	}
	return author.SelfTest(ctx, a, f.Cases)
}
