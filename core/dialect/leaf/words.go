package leaf

import "github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"

// schemaName tells whether word is one that schemas and tools are written in: those of
// JSON Schema (draft 4 to 2020-12), of OpenAPI's form of it and of Google's, and of what
// tools are told to be beside theirs.
func schemaName(word []byte) bool {
	switch string(word) {
	case "$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema",
		"$vocabulary", "additionalItems", "additionalProperties", "allOf", "anyOf", "const", "contains",
		"contentEncoding", "contentMediaType", "contentSchema", "default", "defer_loading", "definitions",
		"dependencies", "dependentRequired", "dependentSchemas", "deprecated", "description",
		"discriminator", "eager_input_streaming", "else", "enum", "example", "examples",
		"exclusiveMaximum", "exclusiveMinimum", "format", "id", "if", "items", "mapping", "maxContains",
		"maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems", "minLength",
		"minProperties", "minimum", "multipleOf", "not", "nullable", "oneOf", "pattern",
		"patternProperties", "prefixItems", "properties", "propertyName", "propertyNames",
		"propertyOrdering", "readOnly", "required", "strict", "then", "title", "type", "unevaluatedItems",
		"unevaluatedProperties", "uniqueItems", "writeOnly", "any_of", "max_items", "max_length",
		"max_properties", "min_items", "min_length", "min_properties", "property_ordering":
		return true
	}
	return false
}

// isSetting tells whether v is a number, true, false or null.
func isSetting(v jsonscan.Value) bool {
	switch v.Kind {
	case jsonscan.Number, jsonscan.True, jsonscan.False, jsonscan.Null:
		return true
	default:
		return false
	}
}

// settingName tells whether word is what the dialects and common runtimes call a number
// or a truth value that no table needs to know, or the number of a token.
func settingName(word []byte) bool {
	switch string(word) {
	case "approve", "best_of", "boolValue", "bool_value", "budget_tokens", "cache_prompt",
		"compact_threshold", "content_index", "disable_parallel_tool_use", "dynamicThreshold",
		"dynamic_threshold", "document_index", "echo", "enable_thinking", "enabled", "end_block_index",
		"end_char_index", "end_index", "end_page_number", "exclude", "exit_code", "external_web_access",
		"fps", "frequency_penalty", "ignore_eos", "includeServerSideToolInvocations", "includeThoughts",
		"include_obfuscation", "include_server_side_tool_invocations", "include_thoughts", "include_usage",
		"index", "is_error", "latitude", "length_penalty", "logprob", "longitude", "max_content_tokens",
		"max_num_results", "max_output_length", "max_tokens", "max_uses", "min_p", "min_tokens",
		"mirostat", "mirostat_eta", "mirostat_tau", "n_keep", "n_predict", "n_probs", "numberValue",
		"number_value", "output_compression", "parallel_tool_calls", "partial_images", "presence_penalty",
		"prompt_logprobs", "repeat_last_n", "repeat_penalty", "repetition_penalty", "responseLogprobs",
		"response_logprobs", "safe_prompt", "score", "score_threshold", "scroll_x", "scroll_y",
		"search_result_index", "seed", "skip_special_tokens", "start_block_index", "start_char_index",
		"start_index", "start_page_number", "stream", "temperature", "thinking_budget", "timeout_ms",
		"top_a", "top_k", "top_p", "truncate_prompt_tokens", "typical_p", "use_beam_search", "use_cache",
		"value", "willContinue", "will_continue", "x", "y":
		return true
	}
	return isToken(word)
}

// longestToken is how many digits the number of a token has at most.
const longestToken = 6

func isToken(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(word) <= longestToken
}
