# Everything here needs Go, make and git, nothing else. The race detector needs
# a C compiler too; without one the tests run without it and say so.

GO       ?= go
PACKAGES ?= ./...
# What is a module of its own, so that nobody else downloads what it needs.
MODULES  := middleware/repeat/redisstore conformance examples/tracing
FUZZTIME ?= 30
FUZZ     ?= .
# What is mutated, directories or files.
FILES    ?= sign/jws sign/pgsig middleware/verify middleware/repeat \
            middleware/attempt.go middleware/inquiry.go middleware/pace.go middleware/resend.go middleware/retry.go
VULNDB   ?= https://vuln.go.dev

# What reads the forms, the XML and the signatures that come from outside.
READERS := ^(FuzzBindPairs|FuzzParseXML|FuzzOrder|FuzzRead|FuzzParse|FuzzVerify|FuzzJWSRequest|FuzzPgSigRequest)$$$$

RACE := $(shell command -v $$($(GO) env CC) >/dev/null 2>&1 && [ "$$($(GO) env CGO_ENABLED)" = 1 ] && echo -race)

.DEFAULT_GOAL := help
.PHONY: help demo test generate check vet vuln fuzz readers mutants soak bench beside

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

# A machine that cannot reach the database has not found anything: it says so, and
# fails only for what was found, and for whatever else goes wrong.
vuln: ## Look for known vulnerabilities in what the modules use, in the database at VULNDB
	@set -e; tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	(cd tools && $(GO) build -o "$$tools/govulncheck" golang.org/x/vuln/cmd/govulncheck); \
	for module in . $(MODULES); do \
		echo "in $$module:"; status=0; \
		(cd $$module && "$$tools/govulncheck" -db $(VULNDB) ./...) >"$$tools/found" 2>&1 || status=$$?; \
		cat "$$tools/found"; \
		if [ $$status = 1 ] && grep -q '^govulncheck: fetching vulnerabilities: ' "$$tools/found"; then \
			echo "not checked: $(VULNDB) could not be reached"; \
		elif [ $$status != 0 ]; then exit $$status; fi; \
	done

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

mutants: ## Change FILES in small ways, one at a time, and see that their tests notice
	@$(GO) run ./testdata/mutants $(FILES)

soak: ## Run what is too long for CI: two minutes each of killing the servers of callbacks and the Redis of payments, ten for what reads forms, XML and signatures, five for the rest
	cd middleware/repeat/redisstore && SOAK_SECONDS=120 $(GO) test $(RACE) -count=1 -run Soak -v .
	@$(MAKE) --no-print-directory fuzz FUZZTIME=600 FUZZ='$(READERS)'
	@$(MAKE) --no-print-directory fuzz FUZZTIME=300

bench: ## Run the benchmarks; those that compare do so in one run
	$(GO) test -run '^$$' -bench . -benchmem $(PACKAGES)

beside: ## Time the generator beside oapi-codegen's own command: at most 1.5 times as long
	@$(GO) test -count=1 -v -run '^TestGenerateBesideUpstream$$' ./generator -beside
