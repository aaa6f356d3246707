# The commands of this repository. `make help` lists them. Needed: Go and make; each target gets what else it uses.

SHELL    := /bin/sh
MODULES  := $(shell cat modules)
SERVICES := $(filter-out kit tests,$(MODULES))
PACKAGES := $(MODULES:%=./%/...)

WIRE     := go run github.com/google/wire/cmd/wire@v0.7.0
GOLANGCI := .tools/golangci-lint-v2.15.0

# Of make chaos: RUNS storms of SECONDS each on both databases, with the seeds that follow SEED (none: at random).
SEED     :=
RUNS     := 1
SECONDS  := 15

# Of make fuzz: how many requests, those of SEED.
N        := 100000

.DEFAULT_GOAL := help
.PHONY: help run demo build test test-long chaos fuzz race lint generate check tidy clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build the four services and run the shop on ports 8000 to 8003 (Ctrl-C stops it)
	@echo "Building the launcher (the first time, Go downloads the libraries) ..."
	@go build -o bin/tienda ./tests/cmd/tienda
	@exec bin/tienda run

demo: ## In another terminal: buy something in the running shop
	@go build -o bin/tienda ./tests/cmd/tienda
	@exec bin/tienda demo

build: ## Put the services into bin/
	@for s in $(SERVICES); do echo "bin/$$s"; go build -o bin/$$s ./$$s/cmd/$$s || exit 1; done

test: ## Run every test of every module, with one summary at the end
	@go build -o bin/testsum ./tests/cmd/testsum
	@bin/testsum -count=1 $(PACKAGES)

chaos: ## Break the running shop at random and check every promise (SEED=n RUNS=n; a seed repeats its storm)
	@go test -c -o bin/chaos.test ./tests/chaos
	@cd tests/chaos && CHAOS_SEED=$(SEED) CHAOS_RUNS=$(RUNS) CHAOS_SECONDS=$(SECONDS) ../../bin/chaos.test -test.run '^TestChaos$$' -test.timeout 0

test-long: ## The long runs: state machines of 1000 runs, and the mutants that the chaos suite must catch (an hour)
	@go test -count=1 -timeout 60m ./pedidos/app -run TestMaquina -rapid.checks=1000 -rapid.steps=50
	@go test -count=1 -timeout 60m ./inventario/adapters/bunstore -run TestAlmacen -rapid.checks=1000 -rapid.steps=50
	@go test -count=1 -timeout 120m -tags long ./tests/...

fuzz: ## Send the running shop what it should refuse, and check every answer (N=100000 SEED=n; a seed repeats its requests)
	@go test -c -o bin/fuzz.test ./tests/fuzz
	@cd tests/fuzz && FUZZ_SEED=$(SEED) FUZZ_N=$(N) ../../bin/fuzz.test -test.run '^TestFuzz$$' -test.timeout 0

race: ## The same with the race detector (needs a C compiler; the end-to-end tests run without it)
	@go build -o bin/testsum ./tests/cmd/testsum
	@CGO_ENABLED=1 bin/testsum -race -short $(filter-out ./tests/...,$(PACKAGES))

lint: $(GOLANGCI) ## Lint every module
	@for m in $(MODULES); do echo "lint $$m"; (cd $$m && ../$(GOLANGCI) run --config ../.golangci.yml ./...) || exit 1; done

$(GOLANGCI):
	@echo "Installing golangci-lint $(subst .tools/golangci-lint-,,$@) into .tools (once; this takes some minutes) ..."
	@GOWORK=off GOBIN=$(CURDIR)/.tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(subst .tools/golangci-lint-,,$@)
	@mv .tools/golangci-lint $@

generate: ## Write wire_gen.go and openapi.yaml of every service anew
	@for s in $(SERVICES); do \
		echo "generate $$s"; \
		(cd $$s && $(WIRE) ./cmd/$$s && go run ./cmd/$$s openapi > openapi.yaml.new && mv openapi.yaml.new openapi.yaml) \
			|| { rm -f $$s/openapi.yaml.new; exit 1; }; \
	done

check: ## Fail if something generated, formatted or required is not up to date
	@unformatted=$$(gofmt -l $(MODULES)); [ -z "$$unformatted" ] || { echo "not formatted (run gofmt -w): $$unformatted"; exit 1; }
	@for m in $(MODULES); do \
		echo "check $$m"; \
		(cd $$m && go vet ./... && GOWORK=off go mod tidy -diff >/dev/null) \
			|| { echo "$$m: go vet fails, or go.mod is stale (run make tidy)"; exit 1; }; \
	done
	@for s in $(SERVICES); do \
		echo "check what is generated in $$s"; \
		(cd $$s && $(WIRE) diff ./cmd/$$s) || { echo "$$s/cmd/$$s/wire_gen.go is stale: run make generate"; exit 1; }; \
		(cd $$s && go run ./cmd/$$s openapi) | cmp - $$s/openapi.yaml || { echo "$$s/openapi.yaml is stale: run make generate"; exit 1; }; \
	done

tidy: ## Bring every go.mod and go.sum up to date
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy) || exit 1; done

clean: ## Remove what was built (the data of the shop stays in ./data)
	@rm -rf bin .tools
