# Convoy. `make help` lists the targets. Objects and programs go to $(BUILD), never beside a source.
SHELL   := /bin/bash
BUILD   ?= build
PREFIX  ?= /usr/local
ifeq ($(origin CXX),default)
CXX     := g++
endif
ARCHIVE ?= ar
CCACHE  ?= $(shell command -v ccache 2>/dev/null)
OPT     ?= -O2 -g1
SANITIZE?=

PKGS    := libuv libnghttp2 jsoncpp yaml-cpp libcares re2 spdlog fmt prometheus-cpp-core openssl zlib
WARN    := -Wall -Wextra -Wshadow -Wconversion -Werror
ifeq ($(SANITIZE),)
HARDEN  := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -D_GLIBCXX_ASSERTIONS
else
# With the checks between, g++ 12 takes <regex> for uninitialized (GCC bug 105562).
HARDEN  := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined -D_GLIBCXX_ASSERTIONS \
           $(if $(findstring clang,$(CXX)),,-Wno-maybe-uninitialized)
endif
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null | sed 's/-I/-isystem /g')
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lhttp_parser -lpthread
CXXFLAGS ?=
ALL_CXXFLAGS = -std=c++20 $(OPT) $(WARN) $(HARDEN) -fPIE -I. $(PKG_CFLAGS) -MMD -MP $(CXXFLAGS)
ALL_LDFLAGS  = -pie -Wl,-z,relro,-z,now,-z,noexecstack $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)

COMMON  := $(sort $(wildcard common/*/*.cc common/*/*/*.cc))
MASTER  := $(filter-out master/main.cc,$(sort $(wildcard master/*.cc master/*/*.cc)))
WORKER  := $(sort $(wildcard worker/*.cc worker/*/*.cc))
ASSETS  := dashboard.html dashboard.css dashboard.js icon.svg
LIB_OBJ := $(patsubst %.cc,$(BUILD)/obj/%.o,$(COMMON) $(MASTER) $(WORKER)) $(ASSETS:%=$(BUILD)/obj/assets/%.o)
SOURCES  = $(shell git ls-files -co --exclude-standard '*.cc' '*.h')

# One test program per folder: tests/unit/common/http/*.cc -> build/tests/unit_common_http.
TEST_DIRS := $(sort $(patsubst %/,%,$(dir $(wildcard tests/unit/*/*_test.cc tests/unit/*/*/*_test.cc \
             tests/unit/*/*/*/*_test.cc tests/conformance/*_test.cc tests/regress/*_test.cc))))
TEST_DIRS += $(patsubst %/,%,$(firstword $(dir $(wildcard tests/integration/*_test.cc))))
TEST_DIRS += $(patsubst %/,%,$(firstword $(dir $(wildcard tests/soak/*_test.cc))))
test_name  = $(subst /,_,$(patsubst tests/%,%,$(1)))
TESTS    := $(foreach d,$(TEST_DIRS),$(BUILD)/tests/$(call test_name,$(d)))
FAKES_OBJ:= $(patsubst %.cc,$(BUILD)/obj/%.o,$(sort $(wildcard tests/fakes/*.cc)))
# As many jobs as processors where the caller did not choose.
PARALLEL  = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

.DELETE_ON_ERROR:
IMAGE   ?= localhost/convoy
.PHONY: image image-test all run test tests check room deps release h2spec grpc-test grpc-web-test dashboard-test asan other-layout soak bench bench-quick bench-deps bench-reload compat fuzz format format-check lint layers size corpus install clean help
all: $(BUILD)/convoy  ## build build/convoy

run:  ## install what is missing, build, and serve conf/convoy.yaml until Ctrl-C
	@scripts/deps.sh build
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@# One worker: each balances on its own, and the demo's answers are to alternate exactly.
	@$(BUILD)/convoy -c conf/convoy.yaml --concurrency 1

test:  ## install what is missing, build and run every test; the last line is "N passed, N failed"
	@scripts/deps.sh build test
	@$(MAKE) --no-print-directory $(PARALLEL) tests
	@$(MAKE) --no-print-directory check

$(BUILD)/convoy: $(BUILD)/obj/master/main.o $(BUILD)/libconvoy.a
	$(CXX) $(ALL_CXXFLAGS) $< -o $@ $(ALL_LDFLAGS) $(BUILD)/libconvoy.a $(PKG_LIBS)

$(BUILD)/libconvoy.a: $(LIB_OBJ)
	@rm -f $@ && $(ARCHIVE) rcs $@ $^

# An archive, so that a test links only the fakes it names.
$(BUILD)/libfakes.a: $(FAKES_OBJ)
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/obj/%.o: %.cc
	@mkdir -p $(@D)
	$(CCACHE) $(CXX) $(ALL_CXXFLAGS) -c $< -o $@

# The dashboard's files as they are, each between asset_NAME_begin and asset_NAME_end. Its script is
# written in parts that are joined here, in this order.
SCRIPT  := dom store chart table traffic clusters map failures processes configuration attention tester main
$(BUILD)/assets/dashboard.js: $(SCRIPT:%=master/admin/assets/script/%.js)
	@mkdir -p $(@D) && cat $^ > $@
$(BUILD)/assets/%: master/admin/assets/%
	@mkdir -p $(@D) && cp $< $@
.PRECIOUS: $(BUILD)/assets/%
$(BUILD)/obj/assets/%.o: $(BUILD)/assets/%
	@mkdir -p $(@D)
	@name=asset_$(subst .,_,$*); printf '%s\n' '.section .rodata' ".global $${name}_begin, $${name}_end" \
	  "$${name}_begin: .incbin \"$<\"" "$${name}_end:" '.section .note.GNU-stack,"",@progbits' | $(CXX) -c -x assembler - -o $@

# Only this object knows the revision, so that a commit rebuilds one file.
REVISION := $(shell git rev-parse HEAD 2>/dev/null || echo 0000000000000000000000000000000000000000)
$(BUILD)/obj/common/base/build_info.o: CXXFLAGS += -DCONVOY_REVISION='"$(REVISION)"'
$(BUILD)/obj/common/base/build_info.o: $(BUILD)/revision
$(BUILD)/revision: FORCE
	@mkdir -p $(@D) && { grep -qsx $(REVISION) $@ || echo $(REVISION) > $@; }
FORCE:

define test_rule
$(BUILD)/tests/$(call test_name,$(1)): $(patsubst %.cc,$(BUILD)/obj/%.o,$(sort $(wildcard $(1)/*.cc))) $(BUILD)/libfakes.a $(BUILD)/libconvoy.a
	@mkdir -p $$(@D)
	$(CXX) $$(ALL_CXXFLAGS) $$(filter %.o,$$^) -o $$@ $$(ALL_LDFLAGS) $(BUILD)/libfakes.a $(BUILD)/libconvoy.a -lgmock -lgtest -lgtest_main $$(PKG_LIBS)
endef
$(foreach d,$(TEST_DIRS),$(eval $(call test_rule,$(d))))

# Programs that tests start beside the real one.
PROGRAMS := $(patsubst tests/programs/%.cc,$(BUILD)/tests/%,$(wildcard tests/programs/*.cc))
$(PROGRAMS): $(BUILD)/tests/%: $(BUILD)/obj/tests/programs/%.o $(BUILD)/libconvoy.a
	@mkdir -p $(@D)
	$(CXX) $(ALL_CXXFLAGS) $< -o $@ $(ALL_LDFLAGS) $(BUILD)/libconvoy.a $(PKG_LIBS)

tests: $(TESTS) $(PROGRAMS) $(BUILD)/convoy  ## build every test program
check: tests  ## run the built tests
	@CONVOY_BINARY=$(abspath $(BUILD)/convoy) scripts/run_tests.sh $(TESTS)

# A single room while working on it: make room R=common/http
room: $(BUILD)/tests/unit_$(subst /,_,$(R))
	$<

deps:  ## install the Debian packages for building, testing, formatting and linting
	@scripts/deps.sh build test tools

# Built twice: the first one counts its branches while the soak tests drive it.
RELEASE := $(BUILD)/release
release: $(BUILD)/tests/soak  ## build build/release/convoy: link-time and profile-guided optimization, some minutes
	@rm -rf $(RELEASE)
	@$(MAKE) --no-print-directory $(PARALLEL) CCACHE= BUILD=$(RELEASE) OPT='$(OPT) -fprofile-generate -fprofile-update=atomic' \
	  $(RELEASE)/convoy
	@CONVOY_BINARY=$(abspath $(RELEASE))/convoy $(BUILD)/tests/soak \
	  --gtest_filter='ReloadSoak.ReloadsUnderEvery*:ReloadSoak.Idle*:CountSoak*' >/dev/null
	@find $(RELEASE) -name '*.o' -delete; rm -f $(RELEASE)/*.a $(RELEASE)/convoy
	@$(MAKE) --no-print-directory $(PARALLEL) CCACHE= BUILD=$(RELEASE) ARCHIVE=gcc-ar \
	  OPT='$(OPT) -flto=auto -fprofile-use -fprofile-partial-training -Wno-missing-profile' $(RELEASE)/convoy
	@ls -l $(RELEASE)/convoy

H2SPEC := $(BUILD)/tools/h2spec
$(H2SPEC):
	GOBIN=$(abspath $(@D)) go install github.com/summerwind/h2spec/cmd/h2spec@v2.6.0+incompatible || \
	  GOBIN=$(abspath $(@D)) go install github.com/summerwind/h2spec/cmd/h2spec@latest
h2spec: $(BUILD)/convoy $(H2SPEC)  ## the 146 checks of h2spec against our HTTP/2, in clear and over TLS; installs it with go
	@scripts/h2spec.sh $(abspath $(BUILD)/convoy) $(H2SPEC)

GRPC_PYTHON := $(BUILD)/grpc-venv/bin/python
grpc-test: $(BUILD)/convoy  ## real gRPC through both sides of HTTP/2; installs grpcio into the build folder
	@[ -x $(GRPC_PYTHON) ] || python3 -m venv $(BUILD)/grpc-venv || true
	@$(GRPC_PYTHON) -c 'import grpc' 2>/dev/null || $(GRPC_PYTHON) -m pip install -q grpcio || true
	@if $(GRPC_PYTHON) -c 'import grpc' 2>/dev/null; then $(GRPC_PYTHON) tests/grpc/grpc_test.py $(BUILD)/convoy; \
	  else echo "skipped: grpcio is not installed and cannot be"; fi

.PHONY: kubernetes-check dashboards-check e2e-pod admin-check
TOOLS := $(BUILD)/tools
GO_INSTALL = GOFLAGS=-p=2 GOBIN=$(abspath $(TOOLS)) go install
$(TOOLS)/helm:
	@command -v go >/dev/null && $(GO_INSTALL) helm.sh/helm/v3/cmd/helm@v3.19.2 || true
$(TOOLS)/kustomize:
	@command -v go >/dev/null && $(GO_INSTALL) sigs.k8s.io/kustomize/kustomize/v5@v5.7.1 || true
$(TOOLS)/kubernetes_validate: $(wildcard tests/kubernetes/*.go) tests/kubernetes/go.mod
	@command -v go >/dev/null && cd tests/kubernetes && GOFLAGS=-p=2 go build -o $(abspath $@) . || true
kubernetes-check: $(BUILD)/convoy $(TOOLS)/helm $(TOOLS)/kustomize $(TOOLS)/kubernetes_validate  ## manifests, chart, kustomizations by Kubernetes' own rules; needs go
	@scripts/kubernetes_check.sh $(TOOLS) $(BUILD)/convoy
e2e-pod: $(BUILD)/convoy  ## the Pods of conf/kubernetes in podman: probes, ConfigMap, privileges, preStop, SIGTERM; needs root
	@python3 tests/pod/e2e.py $(BUILD)/convoy
ADMIN_PYTHON := $(BUILD)/admin-venv/bin/python
admin-check: $(BUILD)/convoy  ## the JSON of the admin interface against Envoy's own definitions; installs xds-protos
	@[ -x $(ADMIN_PYTHON) ] || python3 -m venv $(BUILD)/admin-venv || true
	@$(ADMIN_PYTHON) -c 'import envoy.admin.v3' 2>/dev/null || $(ADMIN_PYTHON) -m pip install -q xds-protos || true
	@if $(ADMIN_PYTHON) -c 'import envoy.admin.v3' 2>/dev/null; then $(ADMIN_PYTHON) tests/admin/check.py $(BUILD)/convoy; \
	  else echo "skipped: xds-protos is not installed and cannot be"; fi
dashboards-check: $(BUILD)/convoy  ## every expression of dashboard and alerts, by Prometheus against a Convoy under load; MORE="FILE..."
	@python3 tests/dashboards/check.py $(BUILD)/convoy $(if $(MORE),--more $(MORE))

dashboard-test: $(BUILD)/convoy  ## the dashboard in headless Chromium, screenshots in build/dashboard; installs what is missing
	@if scripts/deps.sh browser && command -v chromedriver >/dev/null; then \
	  python3 tests/dashboard/dashboard_test.py $< $(BUILD)/dashboard $(TEST); \
	  else echo "skipped: chromium and chromium-driver are not installed and cannot be"; fi

# Node's modules come by npm; Chromium by scripts/deps.sh browser, where that is allowed.
WEB_MODULES := $(BUILD)/grpc-web/node_modules
grpc-web-test: $(BUILD)/convoy  ## the official gRPC-Web client in Node and in Chromium; installs what it needs below build/
	@[ -x $(GRPC_PYTHON) ] || python3 -m venv $(BUILD)/grpc-venv || true
	@$(GRPC_PYTHON) -c 'import grpc' 2>/dev/null || $(GRPC_PYTHON) -m pip install -q grpcio || true
	@[ -d $(WEB_MODULES)/grpc-web ] || npm install --silent --no-save --prefix $(BUILD)/grpc-web grpc-web@^2 google-protobuf@^3 xhr2@^0.2 || true
	@command -v chromium >/dev/null || scripts/deps.sh browser || true
	@if ! $(GRPC_PYTHON) -c 'import grpc' 2>/dev/null; then echo "skipped: grpcio is not installed and cannot be"; \
	  elif [ ! -d $(WEB_MODULES)/grpc-web ]; then echo "skipped: npm's grpc-web is not installed and cannot be"; \
	  else $(GRPC_PYTHON) tests/grpc/grpc_web_test.py $(BUILD)/convoy $(WEB_MODULES); fi

asan:  ## build and run every test with AddressSanitizer and UBSan
	@scripts/deps.sh build test
	@$(MAKE) --no-print-directory $(PARALLEL) BUILD=build/asan SANITIZE=address,undefined OPT='-O1 -g1' tests
	@$(MAKE) --no-print-directory BUILD=build/asan SANITIZE=address,undefined OPT='-O1 -g1' check

# The same program with more stats before the others, so that every counter lies elsewhere: what an
# upgrade meets when the stats have changed.
OTHER := $(BUILD)/other-layout
$(OTHER)/include/common/stats/stat_defs.def: common/stats/stat_defs.def
	@mkdir -p $(@D)
	@awk '/^\/\/ clang-format off/{front = split("SERVER HTTP LISTENER_HTTP TCP CLUSTER", scope)} {print} \
	  /^LISTENER\(downstream_cx_total/{scope[front = 1] = "LISTENER"} \
	  {for (; front > 0; --front) print scope[front] "(other_layout, \"\", Counter, \"\", \"Only in another program\")"}' $< > $@
other-layout: $(OTHER)/include/common/stats/stat_defs.def
	@$(MAKE) --no-print-directory $(PARALLEL) BUILD=$(OTHER) OPT='$(OPT) -I$(OTHER)/include' $(OTHER)/convoy
soak: $(BUILD)/tests/soak $(BUILD)/convoy other-layout  ## thousands of reloads, deaths, resizes under load; some lines of numbers
	@CONVOY_SOAK=1 CONVOY_BINARY=$(abspath $(BUILD)/convoy) CONVOY_OTHER_BINARY=$(abspath $(OTHER)/convoy) \
	  scripts/soak.sh $<

$(BUILD)/tests/reload_bench: $(BUILD)/obj/tests/bench/reload_bench.o $(BUILD)/libfakes.a $(BUILD)/libconvoy.a
	@mkdir -p $(@D)
	$(CXX) $(ALL_CXXFLAGS) $< -o $@ $(ALL_LDFLAGS) $(BUILD)/libfakes.a $(BUILD)/libconvoy.a $(PKG_LIBS)
bench-reload: $(BUILD)/tests/reload_bench $(BUILD)/convoy  ## what clients see of 100 reloads of Convoy, nginx and HAProxy
	@CONVOY_BINARY=$(abspath $(BUILD)/convoy) $<

# Alone on a processor beside the load generator: the programs of `make bench` link nothing of ours.
BENCH := $(BUILD)/tests/fast_backend $(BUILD)/tests/idle_clients $(BUILD)/tests/paced_client $(BUILD)/tests/tls_client
$(BENCH): $(BUILD)/tests/%: $(BUILD)/obj/tests/bench/%.o
	@mkdir -p $(@D)
	$(CXX) $(ALL_CXXFLAGS) $< -o $@ $(ALL_LDFLAGS) $(if $(findstring tls_client,$@),-lssl -lcrypto -lpthread)

BENCH_NEEDS := $(BENCH) $(BUILD)/convoy
bench: bench-deps $(BENCH_NEEDS)  ## Convoy against nginx, HAProxy and Envoy: CPU per request, memory, scale (half an hour)
	@CONVOY_BINARY=$(abspath $(BUILD)/convoy) python3 tests/bench/bench.py --with-envoy $(BENCH_ARGS)
compat: $(BUILD)/convoy  ## Convoy beside the real Envoy: the same requests, every difference explained; and what make corpus says
	@CONVOY_BINARY=$(abspath $(BUILD)/convoy) python3 tests/compat/compat.py $(COMPAT_ARGS)
	@$(MAKE) --no-print-directory corpus | tail -n 1
bench-quick: bench-deps $(BENCH_NEEDS)  ## the five main rows of it, under two minutes
	@CONVOY_BINARY=$(abspath $(BUILD)/convoy) python3 tests/bench/bench.py --quick $(BENCH_ARGS)
bench-deps:
	@scripts/deps.sh build bench

metrics-doc: $(BUILD)/tests/unit_common_stats  ## write conf/metrics.md anew, from common/stats/stat_defs.def
	@CONVOY_WRITE_METRICS_DOC=1 $< --gtest_brief=1 --gtest_filter='MetricsDoc.*'

fuzz:  ## run every fuzz target for a short while
	@scripts/fuzz.sh

layers:  ## includes point down only, no cycles, third-party headers in their fences
	@python3 scripts/check_layers.py --self-test
	@python3 scripts/check_layers.py
format:  ## reformat every source
	@printf '%s\n' $(SOURCES) | xargs clang-format-14 -i
format-check:  ## fail if a source is not formatted
	@printf '%s\n' $(SOURCES) | xargs clang-format-14 --dry-run -Werror
lint: layers  ## the layers and clang-tidy
	@printf '%s\n' $(COMMON) $(MASTER) $(WORKER) | xargs -P$$(nproc) -n4 \
	  sh -c 'clang-tidy-14 --quiet "$$@" -- -std=c++20 -I. $(PKG_CFLAGS)' clang-tidy
size:  ## report files and functions over their usual size
	@python3 scripts/check_size.py
.PHONY: large-config
large-config: $(BUILD)/convoy  ## what it costs to check 10 MB of 10,000 clusters: CPU, time, memory; fails above 2 s or 300 MiB
	@python3 scripts/large_config.py measure --limits --binary $<

# Published configurations, with a list of where they come from; not part of this tree.
CORPUS ?= $(patsubst %/INDEX.tsv,%,$(firstword $(wildcard corpus/INDEX.tsv ../corpus/INDEX.tsv ../*/corpus/INDEX.tsv)))
ENVOY  ?= $(firstword $(wildcard build/envoy-venv/lib/*/site-packages/envoy/_bin/envoy build/envoy-venv/lib/*/site-packages/*/envoy))
corpus: $(BUILD)/convoy  ## how many configurations of a folder load, and what blocks the others: CORPUS=dir
	@$(if $(CORPUS),python3 scripts/corpus_share.py --binary $< $(if $(ENVOY),--envoy $(ENVOY)) $(CORPUS),\
	  echo "no corpus of configurations here: give CORPUS=directory (of .yaml and .json files)")
.PHONY: corpus-upgrade
corpus-upgrade: $(BUILD)/convoy  ## what --mode upgrade makes of them: CORPUS=dir, ENVOY=program to let the real Envoy judge it
	@python3 scripts/corpus_upgrade.py --binary $< $(if $(ENVOY),--envoy $(ENVOY)) $(CORPUS)

# PROGRAM=build/release/convoy puts the optimized one in.
PROGRAM ?= $(BUILD)/convoy
image: $(PROGRAM)  ## build the container image $(IMAGE) with buildah, from scratch; also as build/image.tar
	@scripts/image.sh $(PROGRAM) $(IMAGE) $(abspath $(BUILD))/image.tar
image-test: image  ## run it as Envoy's image is run: any user, read-only, v2, one-argument flags
	@scripts/image_test.sh $(IMAGE):latest

.PHONY: uninstall docs deb deb-test
docs: $(BUILD)/convoy  ## write what of the documentation is made of the program: the codes, the support matrix, the flags
	@python3 scripts/docs.py $<

SHARE    = $(DESTDIR)$(PREFIX)/share
UNITS    = $(DESTDIR)$(PREFIX)/lib/systemd/system
SYSUSERS = $(DESTDIR)$(PREFIX)/lib/sysusers.d
DOC      = $(SHARE)/doc/convoy
install: all  ## install to $(DESTDIR)$(PREFIX): program, unit, manual pages, completion, documents; /etc/convoy if there is none
	install -D -m 0755 $(BUILD)/convoy $(DESTDIR)$(PREFIX)/bin/convoy
	install -D -m 0644 conf/convoy.8 $(SHARE)/man/man8/convoy.8
	install -D -m 0644 conf/convoy.yaml.5 $(SHARE)/man/man5/convoy.yaml.5
	install -d $(DESTDIR)/etc/convoy $(UNITS) $(DOC)/examples $(addprefix $(SHARE)/,bash-completion/completions \
	  zsh/site-functions fish/vendor_completions.d)
	test -e $(DESTDIR)/etc/convoy/convoy.yaml || install -m 0644 conf/convoy.yaml $(DESTDIR)/etc/convoy/convoy.yaml
	sed 's|/usr/local/bin/convoy|$(PREFIX)/bin/convoy|' conf/systemd/convoy.service > $(UNITS)/convoy.service
	chmod 0644 $(UNITS)/convoy.service
	install -D -m 0644 conf/systemd/convoy.sysusers $(SYSUSERS)/convoy.conf
	$(BUILD)/convoy completion bash > $(SHARE)/bash-completion/completions/convoy
	$(BUILD)/convoy completion zsh > $(SHARE)/zsh/site-functions/_convoy
	$(BUILD)/convoy completion fish > $(SHARE)/fish/vendor_completions.d/convoy.fish
	install -m 0644 README.md LICENSE $(wildcard conf/docs/*.md) $(DOC)
	install -m 0644 $(wildcard conf/examples/*.yaml) $(DOC)/examples
uninstall:  ## remove what install put there, but not /etc/convoy
	rm -f $(DESTDIR)$(PREFIX)/bin/convoy $(SHARE)/man/man8/convoy.8 $(SHARE)/man/man5/convoy.yaml.5 $(UNITS)/convoy.service \
	  $(SYSUSERS)/convoy.conf $(SHARE)/bash-completion/completions/convoy $(SHARE)/zsh/site-functions/_convoy \
	  $(SHARE)/fish/vendor_completions.d/convoy.fish
	rm -rf $(DOC)
deb: all  ## build the Debian package into $(BUILD)
	@scripts/deb.sh $(BUILD) $(VERSION)
deb-test: all  ## install, reload, upgrade and purge the package in a Debian of its own, with systemd
	@scripts/deb_test.sh "$$(scripts/deb.sh $(BUILD))" "$$(scripts/deb.sh $(BUILD) 9.9.9-1)"

clean:  ## remove everything that was built
	rm -rf $(BUILD)
help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-18s%s\n", $$1, $$2}' Makefile

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
