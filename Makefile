# The commands of this repository. `make help` lists them. Needed: Go and make; each target gets what else it uses.

SHELL    := /bin/sh
MODULES  := $(shell cat modules)
SERVICES := $(filter-out kit tests tests/%,$(MODULES))
PACKAGES := $(MODULES:%=./%/...)

# go test, with a line a package, and a summary at the end.
GOTESTSUM = "$$(scripts/tool gotestsum)" --format pkgname --format-hide-empty-pkg --

# The native half of Pact, as npm publishes it. pact-go 2.4.2 does not link with 19 and later.
PACT     := .tools/pact-18.1.0
PACT_SUM := ae14798994bbec87b4a1c266b684ee6fcda5c8c4268e39f5e543e10f94efd62da46246cb0953d2619a53aca6a4fce0839b9fc03342dbed8a886653a2a4c9bf98
PACT_GO  := CGO_ENABLED=1 CGO_LDFLAGS="-L$(CURDIR)/$(PACT) -Wl,-rpath,$(CURDIR)/$(PACT)" PACT_DO_NOT_TRACK=true go

# Of make chaos: RUNS storms of SECONDS each on both databases, with the seeds that follow SEED (none: at random).
SEED     :=
RUNS     := 1
SECONDS  := 15

# Of make fuzz: how many requests, those of SEED.
N        := 100000

# Of make test, release and verify-release.
export MOD VERSION

# Without the paths of this folder in them, Go finds what any target compiled, in this clone and in others.
export GOFLAGS := -trimpath $(GOFLAGS)

.DEFAULT_GOAL := help
.PHONY: help run demo up down docker-test build test test-long bench bench-compare contracts contracts-bite contracts-write chaos fuzz race lint generate check api-breaking release verify-release tidy clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build the four services and run the shop on ports 8000 to 8003 (Ctrl-C stops it)
	@echo "Building the launcher (the first time, Go downloads the libraries) ..."
	@go build -o bin/tienda ./tests/cmd/tienda
	@exec bin/tienda run

demo: ## In another terminal: buy something in the running shop
	@go build -o bin/tienda ./tests/cmd/tienda
	@exec bin/tienda demo

up: ## With Docker: build and start the shop and its PostgreSQL (the secrets, and the admin's password, are in .env)
	@sh docker/up.sh

down: ## With Docker: stop it; its data stays
	@docker compose --env-file docker/env.example $$([ ! -e .env ] || echo --env-file .env) down --remove-orphans

docker-test: ## Run the Docker shop and break it: isolation, kills, changed passwords, a first start cut short (on Debian as root)
	@tests/images/engine.sh go test -count=1 -timeout 30m -tags docker ./tests/images

build: ## Put the services into bin/
	@for s in $(SERVICES); do echo "bin/$$s"; go build -o bin/$$s ./$$s/cmd/$$s || exit 1; done

# The packages that take longest begin first. Most packages wait much of their time, for a lease, a poll or a server that
# starts: more of them, and more tests of each, run at once than there are processors.
PROCESSORS = $$(getconf _NPROCESSORS_ONLN)
LONGEST    = ./tests/e2e ./tests/release ./tests/docs ./tests/browser ./tests/load ./tests/matrix
test: ## Run every test, with one summary at the end (five minutes; MOD=pedidos: of one module; make check takes one)
	@$(GOTESTSUM) -count=1 -timeout 30m -p $$(($(PROCESSORS) + 2)) -parallel $$(($(PROCESSORS) * 2)) \
		$(if $(MOD),./$(MOD)/...,$(LONGEST) $(PACKAGES))

contracts: $(PACT)/libpact_ffi.so ## Check that each service answers as the others rely on (Linux on amd64; needs npm and a C compiler)
	@$(PACT_GO) vet -tags pact ./tests/contracts
	@$(PACT_GO) test -count=1 -tags pact ./tests/contracts

contracts-bite: $(PACT)/libpact_ffi.so ## Check that the contracts bite: 40 changes that somebody notices, 13 that nobody does
	@$(PACT_GO) test -count=1 -timeout 30m -tags pact,long -run _bite ./tests/contracts

contracts-write: $(PACT)/libpact_ffi.so ## Write down anew what each service relies on (tests/contracts/pacts)
	@rm -f tests/contracts/pacts/*.json
	@CONTRACTS_WRITE=1 $(PACT_GO) test -count=1 -tags pact -skip '^TestProviders$$' ./tests/contracts
	@git status --short tests/contracts/pacts

$(PACT)/libpact_ffi.so:
	@[ "$$(uname -sm)" = "Linux x86_64" ] || { echo "The contract tests run on Linux on amd64; this is $$(uname -sm)."; exit 1; }
	@command -v npm >/dev/null || { echo "The contract tests fetch a library with npm, which is not here (Debian: apt-get install npm)."; exit 1; }
	@command -v gcc >/dev/null || { echo "The contract tests need a C compiler, which is not here (Debian: apt-get install gcc)."; exit 1; }
	@echo "Fetching Pact's library into $(PACT) (once) ..."
	@mkdir -p $(PACT)
	@cd $(PACT) && npm pack --silent @pact-foundation/pact-core-linux-x64-glibc@18.1.0 >/dev/null
	@cd $(PACT) && echo "$(PACT_SUM)  pact-foundation-pact-core-linux-x64-glibc-18.1.0.tgz" | sha512sum --check --quiet \
		|| { rm -f *.tgz; echo "What npm gave is not the library that is known: nothing of it was used."; exit 1; }
	@cd $(PACT) && tar xzf *.tgz --strip-components=3 package/prebuilds/linux-x64/libpact_ffi.so && rm *.tgz && touch libpact_ffi.so

chaos: ## Break a shop of its own at random and check every promise (SEED=n RUNS=n; a seed repeats its storm)
	@go test -c -o bin/chaos.test ./tests/chaos
	@cd tests/chaos && CHAOS_SEED=$(SEED) CHAOS_RUNS=$(RUNS) CHAOS_SECONDS=$(SECONDS) ../../bin/chaos.test -test.run '^TestChaos$$' -test.timeout 0

test-long: ## The long runs: state machines of 1000 runs, and the mutants that the chaos suite must catch (an hour)
	@go test -count=1 -timeout 60m ./pedidos/app -run TestMaquina -rapid.checks=1000 -rapid.steps=50
	@go test -count=1 -timeout 60m -tags long ./pedidos/app -run mismo_instante
	@go test -count=1 -timeout 60m ./inventario/adapters/bunstore -run TestAlmacen -rapid.checks=1000 -rapid.steps=50
	@go test -count=1 -timeout 60m -v -tags long ./inventario/adapters/bunstore -run TestVerificar_diez_millones
	@go test -count=1 -timeout 120m -tags long $(filter ./tests/%,$(PACKAGES))
	@$(MAKE) contracts-bite

fuzz: ## Send a shop of its own what it should refuse, and check every answer (N=100000 SEED=n; a seed repeats its requests)
	@go test -c -o bin/fuzz.test ./tests/fuzz
	@cd tests/fuzz && FUZZ_SEED=$(SEED) FUZZ_N=$(N) ../../bin/fuzz.test -test.run '^TestFuzz$$' -test.timeout 0

bench: ## Measure a shop of its own beside the least that its database must do (BENCH_SECONDS, BENCH_ROUNDS, BENCH_ROWS; writes bin/bench.json and .md)
	@mkdir -p bin
	@go test -c -o bin/load.test ./tests/load
	@cd tests/load && BENCH_JSON=$${BENCH_JSON:-$(CURDIR)/bin/bench.json} \
		../../bin/load.test -test.run '^$$' -test.bench '^BenchmarkShop$$' -test.benchtime 1x -test.timeout 0

bench-compare: ## Set two files of make bench side by side, with a verdict a line (A=before.json B=after.json)
	@go run ./tests/load/benchcompare "$(A)" "$(B)"

race: ## The same with the race detector (needs a C compiler; the end-to-end tests run without it)
	@CGO_ENABLED=1 $(GOTESTSUM) -race -short $(filter-out ./tests/%,$(PACKAGES))

lint: ## Lint every module (the first time, Go builds golangci-lint, which takes some minutes)
	@lint=$$(scripts/tool golangci-lint) || exit 1; \
	for m in $(MODULES); do echo "lint $$m"; (cd $$m && $$lint run --config $(CURDIR)/.golangci.yml ./...) || exit 1; done

generate: ## Write wire_gen.go and openapi.yaml of every service anew (MOD=pedidos: of one)
	@wire=$$(scripts/tool wire) || exit 1; \
	for s in $(or $(MOD),$(SERVICES)); do \
		echo "generate $$s"; \
		(cd $$s && $$wire ./cmd/$$s && go run ./cmd/$$s openapi > openapi.yaml.new && mv openapi.yaml.new openapi.yaml) \
			|| { rm -f $$s/openapi.yaml.new; exit 1; }; \
	done

check: ## Fail if something generated, formatted, documented or decided is not up to date
	@unformatted=$$(gofmt -l $(MODULES)); [ -z "$$unformatted" ] || { echo "not formatted (run gofmt -w): $$unformatted"; exit 1; }
	@for m in $(MODULES); do \
		echo "check $$m"; \
		(cd $$m && go vet ./... && GOWORK=off go mod tidy -diff >/dev/null) \
			|| { echo "$$m: go vet fails, or go.mod is stale (run make tidy)"; exit 1; }; \
	done
	@wire=$$(scripts/tool wire) || exit 1; \
	for s in $(SERVICES); do \
		echo "check what is generated in $$s"; \
		(cd $$s && $$wire diff ./cmd/$$s) || { echo "$$s/cmd/$$s/wire_gen.go is stale: run make generate"; exit 1; }; \
	done
	@go test -count=1 $(SERVICES:%=./%) ./tests/house # go's cache does not see files outside of a module
	@go test -count=1 -short ./tests/docs ./tests/matrix

api-breaking: ## What of the services' REST APIs breaks a client of their last releases
	@scripts/api-breaking $(SERVICES)

release: ## Check a module and tag its release (MOD=pedidos VERSION=v0.2.0)
	@scripts/release "$$MOD" "$$VERSION"

verify-release: ## Build and test a service as it was released, alone, with the kit that it pins (MOD=pedidos)
	@scripts/verify-release "$$MOD"

tidy: ## Bring every go.mod and go.sum up to date
	@for m in $(MODULES) scripts/tools scripts/tools/docker scripts/tools/lint scripts/tools/vuln; do (cd $$m && GOWORK=off go mod tidy) || exit 1; done

clean: ## Remove what was built (the data of the shop stays in ./data)
	@rm -rf bin .tools
