module github.com/reqhash/reqhash/pypi/testdata/decoders

go 1.26

require (
	github.com/go-json-experiment/json v1.27.2
	github.com/valyala/fastjson v1.6.10
)
