# Convoy. `make help` lists the targets. Objects and programs go to $(BUILD), never beside a source.
SHELL   := /bin/bash
BUILD   ?= build
CXX     ?= g++
ifeq ($(origin CXX),default)
CXX     := g++
endif
CCACHE  ?= $(shell command -v ccache 2>/dev/null)
OPT     ?= -O2 -g1
SANITIZE?=

PKGS    := libuv jsoncpp yaml-cpp libcares re2 spdlog fmt prometheus-cpp-core
WARN    := -Wall -Wextra -Wshadow -Wconversion -Werror
ifeq ($(SANITIZE),)
HARDEN  := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -D_GLIBCXX_ASSERTIONS
else
HARDEN  := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined -D_GLIBCXX_ASSERTIONS
endif
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) | sed 's/-I/-isystem /g')
PKG_LIBS   = $(shell pkg-config --libs $(PKGS)) -lhttp_parser -lpthread
CXXFLAGS ?=
ALL_CXXFLAGS = -std=c++20 $(OPT) $(WARN) $(HARDEN) -fPIE -I. $(PKG_CFLAGS) -MMD -MP $(CXXFLAGS)
ALL_LDFLAGS  = -pie -Wl,-z,relro,-z,now,-z,noexecstack $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)

COMMON  := $(sort $(wildcard common/*/*.cc common/*/*/*.cc))
MASTER  := $(filter-out master/main.cc,$(sort $(wildcard master/*.cc master/*/*.cc)))
WORKER  := $(sort $(wildcard worker/*.cc worker/*/*.cc))
LIB_OBJ := $(patsubst %.cc,$(BUILD)/obj/%.o,$(COMMON) $(MASTER) $(WORKER))

# One test program per room: tests/unit/common/http/*.cc -> build/tests/unit_common_http. TEST_DIRS holds the rooms.
TEST_DIRS := $(sort $(patsubst %/,%,$(dir $(wildcard tests/unit/*/*/*_test.cc tests/unit/*/*/*/*_test.cc tests/unit/*/*_test.cc \
             tests/integration/*_test.cc tests/conformance/*_test.cc tests/regress/*_test.cc))))
test_name  = $(subst /,_,$(patsubst tests/%,%,$(1)))
TESTS    := $(foreach d,$(TEST_DIRS),$(BUILD)/tests/$(call test_name,$(d)))
FAKES_OBJ:= $(patsubst %.cc,$(BUILD)/obj/%.o,$(sort $(wildcard tests/fakes/*.cc)))

.PHONY: all run test tests deps asan fuzz format lint layers size help clean install
all: $(BUILD)/convoy  ## build build/convoy

$(BUILD)/convoy: $(BUILD)/obj/master/main.o $(BUILD)/libconvoy.a
	$(CXX) $(ALL_CXXFLAGS) $< -o $@ $(ALL_LDFLAGS) $(BUILD)/libconvoy.a $(PKG_LIBS)

$(BUILD)/libconvoy.a: $(LIB_OBJ)
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/obj/%.o: %.cc
	@mkdir -p $(@D)
	$(CCACHE) $(CXX) $(ALL_CXXFLAGS) -c $< -o $@

# Only this object knows the revision, so that a commit rebuilds one file.
REVISION := $(shell git rev-parse HEAD 2>/dev/null || echo 0000000000000000000000000000000000000000)
$(BUILD)/obj/common/base/build_info.o: CXXFLAGS += -DCONVOY_REVISION='"$(REVISION)"'

define test_rule
$(BUILD)/tests/$(call test_name,$(1)): $(patsubst %.cc,$(BUILD)/obj/%.o,$(sort $(wildcard $(1)/*.cc))) $(FAKES_OBJ) $(BUILD)/libconvoy.a
	@mkdir -p $$(@D)
	$(CXX) $$(ALL_CXXFLAGS) $$(filter %.o,$$^) -o $$@ $$(ALL_LDFLAGS) $(BUILD)/libconvoy.a -lgmock -lgtest -lgtest_main $$(PKG_LIBS)
endef
$(foreach d,$(TEST_DIRS),$(eval $(call test_rule,$(d))))

tests: $(TESTS) $(BUILD)/convoy  ## build every test program
test: tests  ## run every test; the last line is "N passed, N failed"
	@scripts/run_tests.sh $(BUILD) $(TESTS)

# A single room while working on it: make room R=common/http
room: $(BUILD)/tests/unit_$(subst /,_,$(R))
	$<

layers:  ## includes point down only, no cycles
	@python3 scripts/check_layers.py
format:  ## reformat every source
	@git ls-files '*.cc' '*.h' | xargs clang-format-14 -i
size:  ## files and functions over their usual size
	@python3 scripts/check_size.py
help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'
clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
