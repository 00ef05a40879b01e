# make test   all tests, on a machine that has Go, git and make
# make check  what CI runs: format, vet, staticcheck, tests with the race detector, tidy modules
# make prove  removes each protection and wants its test to fail
# make bench  ratios against the floor
# make bench-audit  the audit of a long history against git log -p, and a commit with its hook against one without
# make accuracy  precision and recall of the audit over the labelled corpus
# make fuzz   each fuzz target for FUZZTIME (1m)

GO       ?= go
FUZZTIME ?= 1m

.PHONY: test check format vet staticcheck race tidy audit vuln prove bench bench-audit fuzz accuracy build

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o sallyport ./cmd/sallyport

test:
	CGO_ENABLED=0 $(GO) test -shuffle=on ./...

check: format vet staticcheck tidy audit race test

format:
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "gofmt would change:"; echo "$$files"; exit 1; fi

vet:
	$(GO) vet ./...

staticcheck:
	$(GO) tool staticcheck ./...

# The tests below test/ start the built command, in which no race would be seen: make test runs them.
race:
	CGO_ENABLED=1 $(GO) test -race -shuffle=on $$($(GO) list ./... | grep -v /test/)

tidy:
	$(GO) mod tidy -diff

audit:
	$(GO) run ./cmd/sallyport audit . --allow-not-analysed network

vuln:
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...

prove:
	$(GO) run ./test/prove

bench:
	$(GO) run ./test/bench

bench-audit:
	$(GO) run ./test/benchaudit

accuracy:
	$(GO) run ./test/accuracy

fuzz:
	FUZZTIME=$(FUZZTIME) GO=$(GO) sh test/fuzz.sh
