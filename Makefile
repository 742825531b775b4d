# Everything here needs Go, make and git, nothing else. The race detector needs
# a C compiler too; without one the tests run without it and say so.

GO       ?= go
PACKAGES ?= ./...
# What is a module of its own, so that nobody else downloads what it needs.
MODULES  := middleware/repeat/redisstore examples/tracing
FUZZTIME ?= 30
FUZZ     ?= .

# What reads the forms, the XML and the signatures that come from outside.
READERS := ^(FuzzBindPairs|FuzzParseXML|FuzzOrder|FuzzRead)$$$$

RACE := $(shell command -v $$($(GO) env CC) >/dev/null 2>&1 && [ "$$($(GO) env CGO_ENABLED)" = 1 ] && echo -race)

.DEFAULT_GOAL := help
.PHONY: help demo test generate check vet fuzz readers soak bench beside

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: check ## Start a sandbox, make signed calls of each kind, show what goes over the wire
	@$(GO) run ./examples/demo

test: ## Run all tests, with the race detector where there is a C compiler
	@[ -n "$(RACE)" ] || echo "no C compiler: testing without the race detector"
	$(GO) test $(RACE) $(PACKAGES)
	@set -e; for module in $(MODULES); do echo "in $$module:"; (cd $$module && $(GO) test $(RACE) $(PACKAGES)); done

generate: ## Make gen/ what spec/ says
	$(GO) run ./generator

check: ## Check the specs, and that gen/ is what they give; writes nothing
	@$(GO) run ./generator -check

vet: ## Format, vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck ./...
	@set -e; tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	$(GO) build -o "$$tools/staticcheck" honnef.co/go/tools/cmd/staticcheck; \
	for module in $(MODULES); do (cd $$module && $(GO) vet ./... && "$$tools/staticcheck" ./...); done

# In batches that are counted and not timed: now and then the fuzzer takes a
# deadline of its own for a failure.
fuzz: ## Run the fuzz targets that FUZZ names (default: all) for FUZZTIME seconds each (default 30)
	@set -e; for dir in $$(git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | xargs -n1 dirname | sort -u); do \
		for target in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | sed 's/^func //' | grep -E '$(FUZZ)'); do \
			echo "$$dir $$target"; \
			end=$$(($$(date +%s) + $(FUZZTIME))); \
			while [ $$(date +%s) -lt $$end ]; do \
				$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime 100000x -fuzzminimizetime 10x ./$$dir; \
			done; \
		done; \
	done

readers: ## Run the fuzz targets that CI runs, for FUZZTIME seconds each
	@$(MAKE) --no-print-directory fuzz FUZZ='$(READERS)'

soak: ## Run what is too long for CI: two minutes each of killing the servers of callbacks and the Redis of payments, ten for what reads forms, XML and pg_sig, five for the rest
	cd middleware/repeat/redisstore && SOAK_SECONDS=120 $(GO) test $(RACE) -count=1 -run Soak -v .
	@$(MAKE) --no-print-directory fuzz FUZZTIME=600 FUZZ='$(READERS)'
	@$(MAKE) --no-print-directory fuzz FUZZTIME=300

bench: ## Run the benchmarks; those that compare do so in one run
	$(GO) test -run '^$$' -bench . -benchmem $(PACKAGES)

beside: ## Time the generator beside oapi-codegen's own command: at most 1.5 times as long
	@$(GO) test -count=1 -v -run '^TestGenerateBesideUpstream$$' ./generator -beside
