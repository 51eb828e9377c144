module github.com/sallyport-gateway/sallyport/sdk/go

go 1.24
