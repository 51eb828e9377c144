// Translating is a plugin for tests: a translator that writes the first text.
package main

import (
	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	_ "github.com/sallyport-gateway/sallyport/sdk/go/translator" // exports the hooks
)

func init() {
	sallyport.RegisterTranslator(sallyport.Translator{Request: request, Response: response})
}

func main() {}

func request(c *sallyport.UpstreamRequestCall, r *sallyport.UpstreamRequestReply) error {
	r.Send("POST", "/say", c.Parts()[0].Text())
	return nil
}

func response(c *sallyport.UpstreamResponseCall, r *sallyport.UpstreamResponseReply) error {
	r.Add(0, sallyport.Content{Text: c.Body()})
	return nil
}
