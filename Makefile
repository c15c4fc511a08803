# Builds and tests mlinfra. `make demo` and `make test` need Go and make only.

STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION     = 0.1.0
# Without grpc's trace pages the linker can drop what nobody calls: half of it.
TAGS        = -tags grpcnotrace
LDFLAGS     = -s -w -X main.version=$(VERSION)

# DigitalOcean's document of its API, of which no copy is kept here.
SPEC = ../shared/digitalocean-openapi.json

.PHONY: build demo test test-full e2e-hybrid crash oracle openapi lint unit docs bench clean

build: bin/mlinfra

# The linker leaves the file in the system's cache in large pieces, each of which is
# mapped whole when a page of it is used: 18 MB more than of a copy.
bin/mlinfra: FORCE
	CGO_ENABLED=0 go build $(TAGS) -trimpath -ldflags '$(LDFLAGS)' -o $@.linked ./cmd/mlinfra
	cp $@.linked $@.copy && mv -f $@.copy $@ && rm $@.linked

FORCE:

# The main job, offline: plan and apply the hybrid stack against the fake
# cloud, then a second plan that finds nothing, then the outputs.
demo: build
	rm -rf bin/demo && cp -r examples/hybrid bin/demo
	bin/mlinfra -chdir=bin/demo plan -offline
	bin/mlinfra -chdir=bin/demo apply -offline -auto-approve
	bin/mlinfra -chdir=bin/demo output -offline
	bin/mlinfra -chdir=bin/demo plan -offline -detailed-exitcode

test: lint unit

lint:
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "not formatted:"; echo "$$files"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...

# Where the document is, the tests hold requests and answers to it. -race makes the
# conformance suites many times slower: with it, some types are tested, and all
# without it.
unit:
	$(if $(wildcard $(SPEC)),,@echo "openapi: there is no $(SPEC): nothing is held to it")
	MLINFRA_OPENAPI=$(abspath $(wildcard $(SPEC))) go test -race -timeout 20m ./...
	go test -run 'Exhaustion|InLoops|LongTuples|ManyInstances|Dearest|TestKill|TestFaults|PowerLoss|TestScripts/(scenario|lang|bad)_' ./config ./cmd/mlinfra
	go test -run 'TestConformance|TestCutConnections' ./providers/aws ./providers/digitalocean ./providers/google ./providers/hcloud ./providers/hrobot ./providers/ovh ./providers/server
	$(if $(wildcard $(SPEC)),MLINFRA_OPENAPI=$(abspath $(SPEC)) go test -run TestConformance -skip '$(REPEATS)' ./providers/digitalocean)

# The conformance suite with every kind of failure at every request.
test-full:
	MLINFRA_TEST_FULL=1 go test -race -timeout 120m ./providers/aws ./providers/digitalocean ./providers/google ./providers/hcloud ./providers/hrobot ./providers/ovh ./providers/server

# The hybrid example for real: machines in network namespaces with sshd, WireGuard,
# nftables and a PostgreSQL; only the cloud's API is a fake. It needs root, and
# installs what it needs from Debian's packages. `make test` runs it where all is there.
HYBRID = openssh-server wireguard-tools wireguard-go iproute2 nftables iputils-ping sudo postgresql
e2e-hybrid:
	@dpkg -s $(HYBRID) >/dev/null 2>&1 || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends $(HYBRID); }
	go test -count=1 -v -run 'TestHosts|TestRealHosts|TestTunnel|TestCutConnections' ./providers/server/...
	go test -count=1 -v -run 'TestHybrid' ./cmd/mlinfra

# The suite of the store in full, and what the store costs; docs/reliability.md
# has the results. Some of it needs root, strace and a disk of memory, and says so.
CRASH = KillMatrix|HybridKilled|Faults|LateCreate|PowerLoss|FullDisk|FailingDisk|Places|TwoApplies|TwoWorkspaces|StoppedHolder|NoSecretOnDisk|FilesArePrivate|Mutants
crash:
	@{ MLINFRA_CRASH=full go test -count=1 -timeout 60m -v -run 'Corruption|SealedValues|LastResort|Emergencies|ForceUnlock|DamagedFile' ./state/bolt && \
		MLINFRA_CRASH=full go test -count=1 -timeout 90m -parallel 4 -v -run '$(CRASH)' ./cmd/mlinfra; echo exit $$?; } | \
		awk '/^exit [0-9]+$$/ {code = $$2; next} !/^(=== |    +--- PASS)/ {print; fflush()} END {exit code}'
	go test ./state/bolt -run '^$$' -bench . -benchtime 1s

# The conformance suite against what others have made; see docs/oracles.md. A
# module of its own: its dependencies are downloaded once, and not mlinfra's.
oracle:
	cd oracle && go vet ./...
	@cd oracle && { go test -count=1 -parallel 1 -timeout 40m -v ./...; echo exit $$?; } | \
		awk '/^exit [0-9]+$$/ {code = $$2; next} !/^(=== |             *--- (PASS|SKIP))/ {print; fflush()} END {exit code}'

# Holds what goes to DigitalOcean and what its fake answers to DigitalOcean's
# own document: in the conformance suite, in the fake's tests, and in the
# sessions that touch it. Runs that are cut, or lose answers, repeat the requests
# of others: they are left to `make test`.
REPEATS = TestConformance.*/.*/(a_crash_at_every|lost_answers)
SESSIONS = $(shell grep -lE 'digitalocean|EXAMPLES' e2e/*.txtar | sed 's,.*/,,; s,\.txtar$$,,' | paste -sd'|' -)
openapi: export MLINFRA_OPENAPI = $(abspath $(SPEC))
openapi:
ifeq ($(wildcard $(SPEC)),)
	@echo "openapi: there is no $(SPEC): nothing is held to it"
else
	@{ code=0; go test -count=1 ./providers/digitalocean/openapi ./providers/digitalocean/fake || code=1; \
		go test -count=1 -v -run 'TestConformance' -skip '$(REPEATS)' ./providers/digitalocean || code=1; \
		go test -count=1 -v -run 'TestScripts/($(SESSIONS))$$' ./cmd/mlinfra || code=1; echo exit $$code; } | \
		awk '/^exit [0-9]+$$/ {code = $$2; next} /^(ok|FAIL|--- FAIL)|^    --- FAIL|openapi:/ {print; fflush()} \
		/^        [A-Z]+ \// {line = $$0; sub(/ \([^()]*\)$$/, "", line); if (!met[line]++) {print; fflush()}} END {exit code}'
endif

# Regenerates docs/resources.md from the types' tags.
docs:
	go test ./cmd/mlinfra -run TestReference -update

# Prints the figures that docs/benchmarks.md quotes.
bench: build
	go test ./config -run '^$$' -bench Work -benchtime 20x
	go test ./cmd/mlinfra -run '^$$' -bench 'Version|Plan|DigitalOcean' -benchtime 1x
	go test ./cmd/mlinfra -run '^$$' -bench Core -benchtime 1x -timeout 60m

clean:
	rm -rf bin
