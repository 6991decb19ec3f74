# webchatspec: `make help` lists the targets.
SHELL := /bin/bash
GO ?= go
OUT ?= webchatspec-report
REPORT_FLAGS ?=
GOLANGCI_LINT_VERSION ?= v2.15.0
ACTIONLINT_VERSION ?= v1.7.12
GORELEASER_VERSION ?= v2.17.0
GORELEASER ?= $(GO) run github.com/goreleaser/goreleaser/v2@$(GORELEASER_VERSION)

# Packages with concurrency worth the race detector's time; RSA is slow under it,
# so that `make test` leaves the larger ones to `make race`.
RACE := ./mockassistant ./loadgen ./record
RACE_ALL := ./mockassistant/... ./loadgen ./record ./endpoint ./suites

.DEFAULT_GOAL := help
.PHONY: help verify test goldens race test-long build docs lint bench flake differential fuzz clean setup browser node python slurm audit notices
.PHONY: release-check snapshot release image image-test

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

verify: browser build ## Set up what is missing, then test the built-in demo site end to end
	./bin/webchatspec verify --out $(OUT) $(REPORT_FLAGS)

# The long packages first, so that none is left over at the end, and those without a browser
# before those with one: browsers take precedence over what is tested beside them. The time
# limit is for what hangs.
test: setup ## Set up what is missing, then run all tests
	WEBCHATSPECTEST_REQUIRE_NODE=1 $(GO) test -timeout 60m . ./endpoint ./browser ./suites ./...
	$(GO) test -race -short -timeout 10m $(RACE)

flake: setup ## Drive each correct page of the fixtures 20 times and demand the same each time
	WEBCHATSPECTEST_FLAKE=20 $(GO) test ./suites -run TestPageFlake -count=1 -timeout 60m -v

race: setup ## Run the race detector over all packages with concurrency
	$(GO) test -race -short -timeout 20m $(RACE_ALL)

test-long: setup ## Also the scenarios that wait for real time-outs of 30 to 150 s, and batches of 100,000 tokens
	WEBCHATSPECTEST_LONG=1 WEBCHATSPECTEST_REQUIRE_NODE=1 $(GO) test -timeout 60m ./browser/... ./mockassistant/...

goldens: ## Write the golden files of the tests anew
	@GOLDEN=update $(GO) test -run Golden -count=1 $$($(GO) list -f \
		'{{range $$i := .TestImports}}{{if eq $$i "github.com/webchatspec/webchatspec/internal/golden"}}{{$$.ImportPath}} {{end}}{{end}}{{range .XTestImports}}{{if eq . "github.com/webchatspec/webchatspec/internal/golden"}}{{$$.ImportPath}} {{end}}{{end}}' ./...)

# Without symbols for debuggers, as in a release; stack traces keep their names.
BUILD_FLAGS ?= -trimpath -ldflags='-s -w'

build: ## Build the command into bin/
	@./scripts/tell-downloads
	$(GO) build $(BUILD_FLAGS) -o bin/webchatspec ./cmd/webchatspec

bench: setup ## Measure ratios: verifier, mock, load generator; and the parts of the main job
	$(GO) test -run '^$$' -bench . -benchtime 2s ./mockassistant/... ./loadgen
	$(GO) test -run '^$$' -bench HTML -benchtime 5x ./reports
	$(GO) test -run '^$$' -bench Verify -benchtime 1x .
	$(GO) test -run '^$$' -bench Price -benchtime 3x .
	$(GO) test -run '^$$' -bench Capacity -benchtime 5x -timeout 20m .

# The corpus of the comparison with the npm library; any seed makes another one.
SEED ?= 1
TOKENS ?= 8000
KEYS ?= 900

differential: node ## Compare the verifier with the npm library on a full corpus (SEED=, TOKENS=, KEYS=)
	WEBCHATSPECTEST_REQUIRE_NODE=1 $(GO) test ./mockassistant/verifier -run Differential -count=1 -v -timeout 60m \
		-args -seed=$(SEED) -tokens=$(TOKENS) -keys=$(KEYS)

FUZZTIME ?= 30s

fuzz: ## Fuzz each parser for a while (FUZZTIME=)
	@for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x $$package || exit 1; \
		done; \
	done

docs: ## Write the generated documents anew: checks, configuration, schemas
	GOLDEN=update $(GO) test -run Golden -count=1 ./docs ./docs/schema

# The database of vulnerabilities: a folder with a copy of it, or the one on the net.
# A folder without an index is none, which govulncheck takes for one without entries.
VULNDB ?=
GOVULNCHECK_VERSION ?= v1.9.0

audit: ## Look for known vulnerabilities that the command reaches (VULNDB=folder)
	@[ -z "$(VULNDB)" ] || [ -f "$(VULNDB)/index/modules.json" ] || { echo "$(VULNDB) is no database of vulnerabilities: there is no index/modules.json in it"; exit 1; }
	$(GO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION) $(if $(VULNDB),-db file://$(abspath $(VULNDB))) ./cmd/webchatspec

notices: ## Collect the licences of all dependencies in THIRD_PARTY_NOTICES
	./scripts/third-party-notices > THIRD_PARTY_NOTICES

lint: ## Check format, vet, and lint
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION) run
	$(GO) run github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION) .github/workflows/*.yml examples/ci/github-workflow.yml

release-check: ## Check the release's configuration
	$(GORELEASER) check

snapshot: ## Build archives, packages and bills of materials of this commit into dist/, unsigned
	$(GORELEASER) release --snapshot --clean --skip=sign,docker

release: ## Make the release of the current tag; the release workflow runs this
	$(GORELEASER) release --clean

# Any engine that builds a Dockerfile: docker, podman or buildah.
ENGINE ?= docker
IMAGE ?= webchatspec:local
PLATFORM ?= linux/$(shell $(GO) env GOARCH)

image: ## Build the container image of this checkout (ENGINE=docker|podman|buildah)
	CGO_ENABLED=0 GOOS=linux GOARCH=$(notdir $(PLATFORM)) $(GO) build $(BUILD_FLAGS) -o bin/image/$(PLATFORM)/webchatspec ./cmd/webchatspec
	$(ENGINE) build --build-arg TARGETPLATFORM=$(PLATFORM) --tag $(IMAGE) --file Dockerfile bin/image

image-test: ## Build the image on a base made from Debian's packages, and try it as an ordinary user on a read-only root
	./scripts/test-image

clean: ## Remove what was built and installed inside this folder
	rm -rf bin dist dist-files webchatspec-report
	find . -name node_modules -type d -prune -exec rm -rf {} +

# What the tests and the main job need beside Go. Each step does nothing where
# its result is already there.
setup: browser node python slurm

browser:
	@./scripts/install-browser

node:
	@for dir in $(NPM_DIRS); do \
		if [ ! $$dir/node_modules/.package-lock.json -nt $$dir/package-lock.json ]; then \
			echo "npm ci in $$dir"; (cd $$dir && npm ci --silent --no-audit --no-fund && touch node_modules/.package-lock.json) || exit 1; \
		fi; \
	done

python:
	@./scripts/install-python-jwt

slurm:
	@./scripts/install-slurm

NPM_DIRS = $(dir $(shell git ls-files '*package-lock.json'))
