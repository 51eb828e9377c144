//go:build linux

package main

import (
	"fmt"

	"github.com/sallyport-gateway/sallyport/bench/load"
	"github.com/sallyport-gateway/sallyport/bench/report"
	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/ledger"
)

// checkLoad holds what the load saw against what the mock did. further is how
// many answers were asked for beside the load.
func checkLoad(served *mock.Stats, seen *load.Result, further int64) (problems []string) {
	if seen.Failed > 0 {
		problems = append(problems, fmt.Sprintf("%d of %d requests failed, the first: %s", seen.Failed, seen.Sent, seen.Error))
	}
	if got, want := seen.Done+further, served.Finished; got != want {
		problems = append(problems, fmt.Sprintf("the client got %d whole answers, the mock gave %d", got, want))
	}
	if n := served.Requests - served.Finished; n != 0 || served.BadRequests != 0 {
		problems = append(problems, fmt.Sprintf("the mock could not finish %d answers and saw %d bad requests", n, served.BadRequests))
	}
	return problems
}

// checkBooks holds the ledger in folder against what the mock served: every
// answer must be in it once, whole, with the provider's own counts.
func checkBooks(served *mock.Stats, folder string) (books *report.Books, problems []string) {
	books = &report.Books{Mock: report.Sums{
		Answers: served.ReportedAnswers, Prompt: served.ReportedPromptTokens, Completed: served.ReportedCompletionTokens,
	}}
	wrong := map[string]int{}
	found, err := ledger.Read(folder, ledger.Filter{}, func(row ledger.Row) error {
		if row.Attempts == 0 && (row.End == core.EndRejected.String() || row.End == core.EndBlocked.String()) {
			return nil // asked before it was ready, or blocked by a guard
		}
		books.Ledger.Answers++
		books.Ledger.Prompt += row.InputUncached + row.CacheRead + row.CacheWrite
		books.Ledger.Completed += row.Output
		if row.End != core.EndCompleted.String() || row.Estimated || !row.Reported || row.Attempts != 1 {
			wrong[fmt.Sprintf("end %s, estimated %v, reported %v, %d attempts", row.End, row.Estimated, row.Reported, row.Attempts)]++
		}
		return nil
	})
	if err != nil {
		return books, []string{"the ledger cannot be read: " + err.Error()}
	}
	if found.Damaged > 0 || found.LostRecords > 0 || found.Unknown > 0 || len(found.BadSegments) > 0 {
		problems = append(problems, fmt.Sprintf("the ledger is damaged: %+v", found))
	}
	for what, n := range wrong {
		problems = append(problems, fmt.Sprintf("the ledger has %d rows with %s; all were whole answers", n, what))
	}
	if books.Mock != books.Ledger {
		problems = append(problems, fmt.Sprintf("the mock served %+v, the ledger says %+v", books.Mock, books.Ledger))
	}
	if n := served.Finished - served.ReportedAnswers; n != 0 {
		problems = append(problems, fmt.Sprintf("the mock was not asked for the usage of %d answers", n))
	}
	return books, problems
}
