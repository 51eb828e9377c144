package anthropic

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/bound"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

var _ core.Binder = Messages{}

// keepers are the names of what Anthropic keeps for a workspace. Signed thinking is
// not among them: every platform that serves a model takes the others' signatures.
var keepers = bound.New([]string{"file_id", "container", "previous_message_id", "user_profile_id"}, nil,
	[]string{"input", "input_schema", "metadata", "schema"})

// Bond finds files and containers.
func (Messages) Bond(ex *core.Exchange, deep bool) (core.Bond, bool) {
	if !deep {
		return core.Bond{}, false
	}
	return keepers.Find(ex.Request.Body)
}

var userPaths = jsonscan.NewPaths("user_id")

// Session returns metadata.user_id, in which agents write the session.
func (Messages) Session(ex *core.Exchange) []byte {
	m, body := memoryOf(ex), ex.Request.Body
	for i := range m.top.Members {
		member := &m.top.Members[i]
		if string(member.Key.Of(body)) != `"metadata"` {
			continue
		}
		var user [1]jsonscan.Value
		if userPaths.ReadIn(body, member.Value, user[:]) == nil && user[0].Kind == jsonscan.String {
			return user[0].Text(body)
		}
	}
	return nil
}
