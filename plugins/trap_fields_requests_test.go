package plugins_test

import "testing"

// TestTrapFieldsOfRequests: where each member of a request stands at each provider.
func TestTrapFieldsOfRequests(t *testing.T) {
	fieldsLeave(t, chatFields, messagesFields, geminiFields, responsesFields)
}

// chatFields are the members of openai.chat.
var chatFields = []fieldRow{
	{"bound", chatClient, "max_tokens", `"max_tokens":50`, "responses max_output_tokens=50; anthropic max_tokens=50; gemini generationConfig.maxOutputTokens=50; bedrock inferenceConfig.maxTokens=50; mistral max_tokens=50; cohere max_tokens=50; ollama options.num_predict=50"},
	{"newer bound", chatClient, "max_completion_tokens", `"max_completion_tokens":50`, "responses max_output_tokens=50; anthropic max_tokens=50; gemini generationConfig.maxOutputTokens=50; bedrock inferenceConfig.maxTokens=50; mistral max_tokens=50; cohere max_tokens=50; ollama options.num_predict=50"},
	{"temperature of zero", chatClient, "temperature", `"temperature":0`, "responses temperature=0; anthropic temperature=0; gemini generationConfig.temperature=0; bedrock inferenceConfig.temperature=0; mistral temperature=0; cohere temperature=0; ollama options.temperature=0"},
	{"top_p", chatClient, "top_p", `"top_p":0.5`, "responses top_p=0.5; anthropic top_p=0.5; gemini generationConfig.topP=0.5; bedrock inferenceConfig.topP=0.5; mistral top_p=0.5; cohere p=0.5; ollama options.top_p=0.5"},
	{"penalty of frequency", chatClient, "frequency_penalty", `"frequency_penalty":0.1`, "responses -; anthropic -; gemini generationConfig.frequencyPenalty=0.1; bedrock -; mistral frequency_penalty=0.1; cohere frequency_penalty=0.1; ollama options.frequency_penalty=0.1"},
	{"penalty of presence", chatClient, "presence_penalty", `"presence_penalty":0.2`, "responses -; anthropic -; gemini generationConfig.presencePenalty=0.2; bedrock -; mistral presence_penalty=0.2; cohere presence_penalty=0.2; ollama options.presence_penalty=0.2"},
	{"logit_bias", chatClient, "logit_bias", `"logit_bias":{"5":1}`, "responses -; anthropic -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
	{"seed", chatClient, "seed", `"seed":7`, "responses -; anthropic -; gemini generationConfig.seed=7; bedrock -; mistral random_seed=7 seed; cohere seed=7; ollama options.seed=7"},
	{"n of one", chatClient, "n", `"n":1`, "responses ~; anthropic ~; gemini generationConfig.candidateCount; bedrock ~; mistral ~; cohere ~; ollama ~"},
	{"n of two", chatClient, "n", `"n":2`, "responses !; anthropic !; gemini generationConfig.candidateCount=2; bedrock !; mistral n=2; cohere !; ollama !"},
	{"a stop sequence", chatClient, "stop", `"stop":"END"`, `responses -; anthropic stop_sequences=["END"]; gemini generationConfig.stopSequences=["END"]; bedrock inferenceConfig.stopSequences=["END"]; mistral stop=["END"]; cohere stop_sequences=["END"]; ollama options.stop=["END"]`},
	{"who asks", chatClient, "user", `"user":"u1"`, `responses user="u1"; anthropic metadata.user_id="u1"; gemini -; bedrock -; mistral -; cohere -; ollama -`},
	{"metadata", chatClient, "metadata", `"metadata":{"a":"b"}`, `responses metadata.a="b"; anthropic -; gemini -; bedrock requestMetadata.a="b"; mistral metadata.a="b"; cohere -; ollama -`},
	{"service_tier", chatClient, "service_tier", `"service_tier":"auto"`, `responses service_tier="auto"; anthropic service_tier="auto"; mistral -; cohere -; ollama -`},
	{"store", chatClient, "store", `"store":true`, "responses -; anthropic -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
	{"logprobs", chatClient, "logprobs", `"logprobs":true,"top_logprobs":2`, "responses -; anthropic -; bedrock -; mistral -; ollama -"},
	{"key of the cache", chatClient, "prompt_cache_key", `"prompt_cache_key":"k"`, `responses prompt_cache_key="k"; anthropic -; gemini -; bedrock -; mistral prompt_cache_key="k"; cohere -; ollama -`},
	{"verbosity", chatClient, "verbosity", `"verbosity":"low"`, `responses text.verbosity="low"; anthropic -; gemini -; bedrock -; mistral -; cohere -; ollama -`},
	{"JSON", chatClient, "response_format", `"response_format":{"type":"json_object"}`, `responses text.format.type="json_object"; anthropic -; gemini generationConfig.responseMimeType="application/json"; bedrock -; mistral response_format.type="json_object"; cohere response_format.type="json_object"; ollama format="json"`},
	{"a shape", chatClient, "response_format", `"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}}`, `responses text.format.type="json_schema" text.format.schema.type="object" text.format.strict=true; anthropic output_config.format.type="json_schema" output_config.format.schema.type="object"; gemini generationConfig.responseJsonSchema.type="object" generationConfig.responseSchema; bedrock outputConfig.textFormat.type="json_schema" outputConfig.textFormat.structure.jsonSchema.name="n"; mistral response_format.json_schema.strict=true; cohere response_format.json_schema.type="object"; ollama format.type="object"`},
	{"an effort of none", chatClient, "reasoning_effort", `"reasoning_effort":"none"`, `anthropic thinking.type="disabled"; gemini generationConfig.thinkingConfig.thinkingBudget=0; bedrock additionalModelRequestFields.thinking.type="disabled"; ollama think=false`},
	{"an effort", chatClient, "reasoning_effort", `"reasoning_effort":"high","max_tokens":60000`, `responses@gpt-5 reasoning.effort="high"; anthropic thinking.type="enabled" max_tokens=60000; gemini generationConfig.thinkingConfig.includeThoughts=true generationConfig.thinkingConfig.thinkingLevel; gemini@gemini-3-pro-preview generationConfig.thinkingConfig.thinkingLevel="high" generationConfig.thinkingConfig.thinkingBudget; bedrock additionalModelRequestFields.thinking.type="enabled"; ollama think="high"; cohere -`},
	{"an effort that nobody knows", chatClient, "reasoning_effort", `"reasoning_effort":"vast","max_tokens":60000`, `anthropic -; bedrock -; cohere -; ollama -; mistral -`},
	{"one call at a time", chatClient, "parallel_tool_calls", `"parallel_tool_calls":false,"tools":[{"type":"function","function":{"name":"f"}}]`, "responses parallel_tool_calls=false; anthropic tool_choice.disable_parallel_tool_use=true; gemini -; bedrock additionalModelRequestFields.tool_choice.disable_parallel_tool_use=true; mistral parallel_tool_calls=false; cohere -; ollama -"},
	{"strict", chatClient, "tools[0].strict", `"tools":[{"type":"function","function":{"name":"f","strict":true}}]`, `responses tools.0.strict=true; anthropic tools.0.strict=true; gemini -; bedrock toolConfig.tools.0.toolSpec.strict=true; mistral tools.0.function.strict=true; cohere strict_tools=true; ollama -`},
	{"a tool without a schema", chatClient, "tools", `"tools":[{"type":"function","function":{"name":"f"}}]`, `responses tools.0.parameters={"type":"object","properties":{}}; anthropic tools.0.input_schema={"type":"object","properties":{}}; gemini tools.0.functionDeclarations.0.name="f"; bedrock toolConfig.tools.0.toolSpec.inputSchema.json={"type":"object","properties":{}}; mistral tools.0.function.parameters.type="object"; cohere tools.0.function.parameters.type="object"; ollama tools.0.function.parameters.type="object"`},
	{"no tools", chatClient, "tools", `"tools":[]`, "responses tools; anthropic tools; gemini tools; bedrock toolConfig; mistral tools; cohere tools; ollama tools"},
	{"the choice auto", chatClient, "tool_choice", `"tool_choice":"auto","tools":[{"type":"function","function":{"name":"f"}}]`, `responses tool_choice="auto"; anthropic tool_choice.type="auto"; gemini toolConfig.functionCallingConfig.mode="AUTO"; bedrock toolConfig.toolChoice.auto={}; mistral tool_choice="auto"; cohere tool_choice; ollama tool_choice`},
	{"the choice none", chatClient, "tool_choice", `"tool_choice":"none","tools":[{"type":"function","function":{"name":"f"}}]`, `responses tool_choice="none"; anthropic tool_choice.type="none"; gemini toolConfig.functionCallingConfig.mode="NONE"; bedrock toolConfig; mistral tool_choice="none"; cohere tool_choice="NONE"; ollama tools`},
	{"the choice of some", chatClient, "tool_choice", `"tool_choice":"required","tools":[{"type":"function","function":{"name":"f"}}]`, `responses tool_choice="required"; anthropic tool_choice.type="any"; gemini toolConfig.functionCallingConfig.mode="ANY"; bedrock toolConfig.toolChoice.any={}; mistral tool_choice="any"; cohere tool_choice="REQUIRED"; ollama -`},
	{"the choice of one", chatClient, "tool_choice", `"tool_choice":{"type":"function","function":{"name":"f"}},"tools":[{"type":"function","function":{"name":"f"}}]`, `responses tool_choice.name="f"; anthropic tool_choice.name="f"; gemini toolConfig.functionCallingConfig.allowedFunctionNames=["f"]; bedrock toolConfig.toolChoice.tool.name="f"; mistral tool_choice.function.name="f"; cohere tool_choice="REQUIRED"; ollama -`},
}

// messagesFields are those of anthropic.messages.
var messagesFields = []fieldRow{
	{"bound", messagesClient, "max_tokens", `"stream":false`, "responses max_output_tokens=2000; gemini generationConfig.maxOutputTokens=2000; bedrock inferenceConfig.maxTokens=2000; mistral max_tokens=2000; cohere max_tokens=2000; ollama options.num_predict=2000"},
	{"instructions in two", messagesClient, "system", `"system":[{"type":"text","text":"a"},{"type":"text","text":"b"}]`, `openai messages.0.role="system" messages.0.content.#=2; anthropic system.#=2; gemini systemInstruction.parts.#=2; bedrock system.#=2; mistral messages.0.content.#=2; cohere messages.0.content.1.text="b"; ollama messages.0.role="system"`},
	{"top_k", messagesClient, "top_k", `"top_k":5`, "openai -; responses -; gemini generationConfig.topK=5; bedrock additionalModelRequestFields.top_k=5; mistral -; cohere k=5; ollama options.top_k=5"},
	{"stop sequences", messagesClient, "stop_sequences", `"stop_sequences":["END"]`, `openai stop=["END"]; responses -; gemini generationConfig.stopSequences=["END"]; bedrock inferenceConfig.stopSequences=["END"]; mistral stop=["END"]; cohere stop_sequences=["END"]; ollama options.stop=["END"]`},
	{"who asks", messagesClient, "metadata", `"metadata":{"user_id":"u1"}`, `openai user="u1"; responses user="u1"; gemini -; bedrock requestMetadata.user_id="u1"; mistral -; cohere -; ollama -`},
	{"service_tier", messagesClient, "service_tier", `"service_tier":"standard_only"`, `openai service_tier="default"; responses service_tier="default"; bedrock serviceTier.type="default"; mistral -; cohere -; ollama -`},
	{"speed", messagesClient, "speed", `"speed":"fast"`, "openai -; responses -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
	{"container", messagesClient, "container", `"container":"c1"`, "openai -; responses -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
	{"where it is worked out", messagesClient, "inference_geo", `"inference_geo":"eu"`, "openai -; responses -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
	{"a mark of the cache", messagesClient, "system.cache_point", `"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]`, `openai -; responses -; gemini -; bedrock system.1.cachePoint={"type":"default","ttl":"1h"}; mistral -; cohere -; ollama -`},
	{"a budget", messagesClient, "thinking", `"thinking":{"type":"enabled","budget_tokens":1500}`, "openai -; responses -; gemini generationConfig.thinkingConfig.thinkingBudget=1500; bedrock additionalModelRequestFields.thinking.budget_tokens=1500; cohere -; ollama -"},
	{"no thinking", messagesClient, "thinking", `"thinking":{"type":"disabled"}`, `openai reasoning_effort; gemini generationConfig.thinkingConfig.thinkingBudget=0; bedrock additionalModelRequestFields.thinking.type="disabled"; ollama think=false`},
	{"a shape", messagesClient, "output_config", `"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}}`, `openai response_format.json_schema.schema.type="object"; responses text.format.schema.type="object"; gemini generationConfig.responseJsonSchema.type="object"; bedrock outputConfig.textFormat.type="json_schema"; mistral response_format.json_schema.schema.type="object"; cohere response_format.json_schema.type="object"; ollama format.type="object"`},
	{"what only Anthropic knows of a tool", messagesClient, "tools[0].eager_input_streaming", `"tools":[{"name":"f","input_schema":{"type":"object"},"eager_input_streaming":true}]`, "openai -; responses -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
	{"a tool that Anthropic runs", messagesClient, "tools[0]", `"tools":[{"type":"web_search_20250305","name":"web_search"}]`, "openai -; responses -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
	{"one call at a time", messagesClient, "tool_choice", `"tool_choice":{"type":"any","disable_parallel_tool_use":true},"tools":[{"name":"f","input_schema":{"type":"object"}}]`, `openai tool_choice="required" parallel_tool_calls=false; responses tool_choice="required" parallel_tool_calls=false; bedrock additionalModelRequestFields.tool_choice={"type":"any","disable_parallel_tool_use":true}; mistral tool_choice="any" parallel_tool_calls=false; cohere -; ollama -; gemini -`},
}

// geminiFields are those of gemini.
var geminiFields = []fieldRow{
	{"bound", geminiClient, "generationConfig.maxOutputTokens", `"generationConfig":{"maxOutputTokens":50}`, "responses max_output_tokens=50; anthropic max_tokens=50; bedrock inferenceConfig.maxTokens=50; mistral max_tokens=50; cohere max_tokens=50; ollama options.num_predict=50"},
	{"topK", geminiClient, "generationConfig.topK", `"generationConfig":{"topK":5}`, "openai -; responses -; anthropic top_k=5; bedrock additionalModelRequestFields.top_k=5; mistral -; cohere k=5; ollama options.top_k=5"},
	{"seed", geminiClient, "generationConfig.seed", `"generationConfig":{"seed":7}`, "openai seed=7; responses -; anthropic -; bedrock -; mistral random_seed=7; cohere seed=7; ollama options.seed=7"},
	{"candidateCount", geminiClient, "generationConfig.candidateCount", `"generationConfig":{"candidateCount":2}`, "openai n=2; responses !; anthropic !; bedrock !; mistral n=2; cohere !; ollama !"},
	{"stopSequences", geminiClient, "generationConfig.stopSequences", `"generationConfig":{"stopSequences":["END"]}`, `openai stop=["END"]; responses -; anthropic stop_sequences=["END"]; bedrock inferenceConfig.stopSequences=["END"]; mistral stop=["END"]; cohere stop_sequences=["END"]; ollama options.stop=["END"]`},
	{"penalties", geminiClient, "generationConfig.", `"generationConfig":{"presencePenalty":0.2,"frequencyPenalty":0.1}`, "openai presence_penalty=0.2 frequency_penalty=0.1; responses -; anthropic -; bedrock -; mistral presence_penalty=0.2 frequency_penalty=0.1; cohere presence_penalty=0.2; ollama options.frequency_penalty=0.1"},
	{"safety", geminiClient, "safetySettings", `"safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}]`, "openai -; responses -; anthropic -; bedrock -; mistral -; cohere -; ollama -"},
	{"labels", geminiClient, "labels", `"labels":{"a":"b"}`, "openai -; responses -; anthropic -; bedrock -; mistral -; cohere -; ollama -"},
	{"what a cache keeps", geminiClient, "cachedContent", `"cachedContent":"cachedContents/x"`, "openai -; responses -; anthropic -; bedrock -; mistral -; cohere -; ollama -"},
	{"a budget of none", geminiClient, "generationConfig.thinkingConfig", `"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}`, `anthropic thinking.type="disabled"; bedrock additionalModelRequestFields.thinking.type="disabled"; ollama think=false; openai reasoning_effort`},
	{"a shape in capitals", geminiClient, "generationConfig.responseSchema", `"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true}}}}`, `openai response_format.json_schema.schema.properties.a.type=["string","null"]; responses text.format.schema.properties.a.type=["string","null"]; anthropic output_config.format.schema.type="object"; mistral response_format.json_schema.schema.type="object"; cohere response_format.json_schema.type="object"; ollama format.properties.a.type=["string","null"]`},
	{"tools that Google runs", geminiClient, "tools[0]", `"tools":[{"googleSearch":{}}]`, "openai -; responses -; anthropic -; bedrock -; mistral -; cohere -; ollama -"},
	{"the choice of one", geminiClient, "toolConfig", `"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},"tools":[{"functionDeclarations":[{"name":"f"}]}]`, `openai tool_choice.function.name="f"; responses tool_choice.name="f"; anthropic tool_choice.name="f"; bedrock toolConfig.toolChoice.tool.name="f"; mistral tool_choice.function.name="f"; cohere tool_choice="REQUIRED"; ollama -`},
}

// responsesFields are those of openai.responses.
var responsesFields = []fieldRow{
	{"bound", responsesClient, "max_output_tokens", `"max_output_tokens":50`, "anthropic max_tokens=50; gemini generationConfig.maxOutputTokens=50; bedrock inferenceConfig.maxTokens=50; mistral max_tokens=50; cohere max_tokens=50; ollama options.num_predict=50"},
	{"instructions", responsesClient, "instructions", `"instructions":"a"`, `openai messages.0.content="a"; anthropic system.0.text="a"; gemini systemInstruction.parts.0.text="a"; bedrock system.0.text="a"; mistral messages.0.role="system"; cohere messages.0.role="system"; ollama messages.0.content="a"`},
	{"a shape", responsesClient, "text.format", `"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}}`, `openai response_format.json_schema.name="n"; anthropic output_config.format.schema.type="object"; gemini generationConfig.responseJsonSchema.type="object"; bedrock outputConfig.textFormat.structure.jsonSchema.name="n"; mistral response_format.json_schema.name="n"; cohere response_format.json_schema.type="object"; ollama format.type="object"`},
	{"an effort", responsesClient, "reasoning", `"reasoning":{"effort":"low"},"max_output_tokens":9000`, `openai@o3 reasoning_effort="low"; anthropic thinking.type="enabled"; gemini@gemini-3-pro-preview generationConfig.thinkingConfig.thinkingLevel="low"; ollama think="low"; cohere -`},
	{"truncation", responsesClient, "truncation", `"truncation":"auto"`, "openai -; anthropic -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
	{"how many calls", responsesClient, "max_tool_calls", `"max_tool_calls":3`, "openai -; anthropic -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
	{"logprobs", responsesClient, "top_logprobs", `"top_logprobs":2`, "openai -; anthropic -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
	{"what was said before", responsesClient, "previous_response_id", `"previous_response_id":"resp_1"`, "openai !; anthropic !; gemini !; bedrock !; mistral !; cohere !; ollama !"},
	{"who asks", responsesClient, "safety_identifier", `"safety_identifier":"s"`, `openai safety_identifier="s"; anthropic metadata.user_id="s"; gemini -; bedrock -; mistral -; cohere -; ollama -`},
	{"a tool that OpenAI runs", responsesClient, "tools[0]", `"tools":[{"type":"web_search"}]`, "openai -; anthropic -; gemini -; bedrock -; mistral -; cohere -; ollama -"},
}

// TestTrapFieldsOfBudgets: what is thought fits below the bound, and the bound is none
// that the model does not give.
func TestTrapFieldsOfBudgets(t *testing.T) {
	const q = `"messages":[{"role":"user","content":"q"}]`
	full := map[string]string{"max_output": "64000"}
	sendAll(t, []sending{
		{trap: "an effort without a bound", from: chatClient, to: "anthropic", model: "claude-sonnet-4-5", settings: full, body: `{"model":"m","reasoning_effort":"high",` + q + `}`, has: []string{`"max_tokens":64000`, `"type":"enabled"`}},
		{trap: "a level without a bound", from: geminiClient, to: "anthropic", model: "claude-sonnet-4-5", settings: full, body: `{"contents":[{"role":"user","parts":[{"text":"q"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"HIGH"}}}`, has: []string{`"max_tokens":64000`}},
		{trap: "an effort above the bound", from: chatClient, to: "anthropic", model: "claude-sonnet-4-5", settings: full, body: `{"model":"m","max_tokens":2000,"reasoning_effort":"high",` + q + `}`, has: []string{`"max_tokens":2000`, `"budget_tokens":1600`}},
		{trap: "an effort above Gemini's bound", from: chatClient, to: "gemini", model: "gemini-2.5-flash", body: `{"model":"m","max_tokens":2000,"reasoning_effort":"high",` + q + `}`, has: []string{`"maxOutputTokens":2000`, `"thinkingBudget":1600`}},
		{trap: "a bound in OpenAI's newer word", from: messagesClient, to: "openai", model: "gpt-4o", body: `{"model":"m","max_tokens":100,` + q + `}`, has: []string{`"max_completion_tokens":100`}, not: []string{`"max_tokens"`}},
		{trap: "thoughts that are not to be seen", from: messagesClient, to: "gemini", model: "gemini-2.5-flash", body: `{"model":"m","max_tokens":9000,"thinking":{"type":"adaptive","display":"omitted"},` + q + `}`, not: []string{`"includeThoughts":true`}},
	})
}
