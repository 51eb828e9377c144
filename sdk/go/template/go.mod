module example.com/guardrail-example

go 1.24

require github.com/sallyport-gateway/sallyport/sdk/go v0.0.0

replace github.com/sallyport-gateway/sallyport/sdk/go => ../
