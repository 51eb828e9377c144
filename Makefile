# Everything a contributor needs. Go and make are enough for run, test and check;
# the other targets say what they need.

GO        ?= go
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BIN       := .build
LDFLAGS   := -s -w -X main.version=$(VERSION)
FUZZTIME  ?= 20s

# Tools are pinned here and nowhere else.
GOFUMPT  := mvdan.cc/gofumpt@v0.12.0
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

export CGO_ENABLED = 0

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the gateway and the mock provider into .build/
	@mkdir -p $(BIN)
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/sallyport ./cmd/mockprovider

.PHONY: run
run: build ## Build and start the gateway; prints a curl line that works
	@$(BIN)/sallyport serve || { printf '%s\n' \
	  'make run: the gateway ended, for the reason above. If an address is in use, stop the program that has it' \
	  '(ss -ltnp names it), or choose another with listen: and admin: in a file, as README.md has it.' >&2; exit 1; }

.PHONY: test
test: ## Run every test that needs nothing but Go (those with a real model join once `make e2e-setup` has run)
	cd sdk/go && $(GO) test -count=1 ./...
	cd sdk/go/template && $(GO) test -count=1 ./...
	$(GO) test -count=1 -timeout 30m ./...

.PHONY: race
race: ## Run every test under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -short -timeout 30m ./...

.PHONY: check
check: format lint tidy generate ## Format, lint, vet, tidy and generate; fail if anything changed
	$(GO) vet ./...
	@git diff --exit-code || { echo 'make check: the tree was not formatted, tidy or generated; the changes are above'; exit 1; }

.PHONY: format
format: ## Format every Go file
	$(GO) run $(GOFUMPT) -w $$(git ls-files '*.go' ':!*.pb.go')

.PHONY: lint
lint: ## Run the linters of .golangci.yml
	$(GO) run $(GOLANGCI) run ./...

.PHONY: tidy
tidy: ## Tidy go.mod and verify the modules
	$(GO) mod tidy
	$(GO) mod verify

.PHONY: generate
generate: ## Generate what is generated (docs/config.md, …)
	$(GO) generate ./...

.PHONY: plugins
plugins: ## Rebuild the bundled Wasm plugins and compare them with those committed (apt install rustc libstd-rust-dev-wasm32 lld-14)
	$(GO) run ./sdk/rust/build

.PHONY: test-rust
test-rust: ## Run the tests of the Rust SDK and of the bundled plugins (needs cargo)
	@set -e; for dir in sdk/rust $$(dirname plugins/*/*/Cargo.toml); do echo "== $$dir"; (cd $$dir && cargo test --quiet --offline); done

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (default 20s) each
	@set -e; for dir in $$(grep -rl '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
	  for target in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | sed 's/func //' | sort -u); do \
	    echo "== $$dir $$target"; $(call fuzz,$$dir,$$target); \
	  done; done

# Runs one target from its folder, which may be of another module. On a busy machine
# go test may end one with "context deadline exceeded" and no input that fails
# (golang.org/issue/75804); that one is run once more.
fuzz = run() { (cd $(1) && $(GO) test . -run '^$$' -fuzz "^$(2)$$" -fuzztime $(FUZZTIME)); }; \
	  out=$$(run 2>&1) || case $$out in \
	    *'Failing input written'*) printf '%s\n' "$$out"; exit 1 ;; \
	    *'context deadline exceeded'*) out=$$(run 2>&1) || { printf '%s\n' "$$out"; exit 1; } ;; \
	    *) printf '%s\n' "$$out"; exit 1 ;; \
	  esac; printf '%s\n' "$$out" | tail -n 1

.PHONY: bench
bench: ## Measure the gateway against a bare proxy; writes bench/results/ (BENCH=--quick: a first look)
	$(GO) run ./bench/run $(BENCH)

.PHONY: bench-compare
bench-compare: ## Compare two results: make bench-compare OLD=a.json NEW=b.json
	$(GO) run ./bench/run compare $(OLD) $(NEW)

.PHONY: e2e-setup
e2e-setup: ## Install the SDKs, llama.cpp and a small model that e2e uses (about 10 minutes once)
	./cmd/sallyport/e2e/setup.sh

.PHONY: e2e
e2e: e2e-setup ## Talk to a real model through the gateway with the official SDKs
	SALLYPORT_E2E_REQUIRED=1 $(GO) test -count=1 ./cmd/sallyport/e2e/...
	SALLYPORT_E2E_REQUIRED=1 $(GO) test -count=1 -run RealModel ./examples/
