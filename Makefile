# make demo   the main job: chat, lose every device, get everything back
# make test   all tests
# make help   the rest

GO       ?= go
FUZZTIME ?= 5s

.PHONY: help demo run test vet race wasm wasm-test web web-test interop bench fuzz fuzz-list generate picture build clean

help:
	@echo "make demo            chat, lose every device, restore: narrated, about a minute"
	@echo "make test            all tests; ends by naming what could not run here"
	@echo "make build           bin/coffer and bin/cofferd"
	@echo "make run             a server with the web client on http://localhost:8420, its data in ./data"
	@echo "make interop         the MLS library with ts-mls and OpenMLS (needs Node 20)"
	@echo "make bench           benchmarks, each beside its floor (docs/performance.md)"
	@echo "make fuzz-list       the fuzz targets"
	@echo "make fuzz            each of them for FUZZTIME ($(FUZZTIME))"
	@echo "make race            the race detector on what runs in memory"
	@echo "make wasm            the browser's core compiles"
	@echo "make wasm-test       the MLS library's tests in node"
	@echo "make web             the web client, into web/dist (needs Node 20)"
	@echo "make web-test        the web client's tests in a real browser (needs chromium)"
	@echo "make generate        code generated from the API's .proto files"
	@echo "make picture         docs/story.svg, from the demo's own output"

demo:
	@echo "Building; the first build on a machine takes about two minutes."
	@$(GO) build -o bin/ ./cmd/coffer ./cmd/cofferd ./cmd/demo
	@bin/demo

build:
	$(GO) build -o bin/ ./cmd/coffer ./cmd/cofferd

# Without Node there is a page that says so.
run:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory web; else echo "Without Node (20 or later) there is no web client, only the command line."; fi
	@$(MAKE) --no-print-directory build
	@echo "Open http://localhost:8420 in a browser."
	@bin/cofferd serve --data data

test:
	@$(GO) run ./internal/testrun $(TESTRUN) ./...
	@cd api/internal && $(GO) test ./...
	@cd mls/interop && $(GO) test . ./wire

vet:
	$(GO) vet ./...
	cd api/internal && $(GO) vet ./...
	cd mls/interop && $(GO) vet ./... && $(GO) vet -tags mls_xwing83 ./...

# SQLite in pure Go is some twenty times slower under the race detector, so
# one scenario of it stands for all.
race:
	$(GO) test -race -short ./mls/... ./core/... ./client ./client/store/mem ./client/store/sealed ./client/search ./client/transport/... ./realm ./server/bus/...
	$(GO) test -race -run 'TestRaceScenario' ./itest

wasm:
	$(GO) test -tags mls_hybrid_only -run TestHybridOnly ./mls
	GOOS=js GOARCH=wasm $(GO) build -tags mls_hybrid_only -o /dev/null ./cmd/coffer-wasm
	GOOS=js GOARCH=wasm $(GO) build ./core/... ./mls/... ./client ./client/search ./client/store/mem ./client/store/sealed ./client/store/idb ./client/transport/fetch ./cmd/coffer-wasm

web: web/node_modules/.package-lock.json
	@cd web && npx tsc && node build.mjs

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@cd web && npm ci --ignore-scripts --no-progress

# The engine's browser parts, then the page by clicking.
web-test: web
	GOOS=js GOARCH=wasm $(GO) test -exec "node $(CURDIR)/web/test/gotest.mjs" ./client/store/idb ./client/transport/fetch
	cd web && node --test --test-concurrency=2 test/*.test.mjs

# The MLS library with ts-mls and OpenMLS; needs node 20.
interop:
	@cd mls/interop/tsmls && npm ci --ignore-scripts --no-progress
	@$(GO) build -o bin/testrun ./internal/testrun
	@cd mls/interop && ../../bin/testrun $(TESTRUN) -- -tags mls_xwing83 ./tsmls/...

# The MLS library's tests in node.
wasm-test:
	cd mls && GOOS=js GOARCH=wasm $(GO) test -timeout 30m -exec "$$($(GO) env GOROOT)/lib/wasm/go_js_wasm_exec" ./...

bench:
	$(GO) test -run '^$$' -bench . -benchtime 2s -timeout 30m ./mls ./client/search ./client/store/sealed ./server ./itest

fuzz-list:
	@$(GO) run ./internal/fuzzrun -list

fuzz:
	@$(GO) run ./internal/fuzzrun -time $(FUZZTIME)

generate:
	api/generate.sh

picture:
	@$(GO) build -o bin/ ./cmd/coffer ./cmd/cofferd ./cmd/demo
	@bin/demo --svg docs/story.svg

clean:
	rm -rf bin
