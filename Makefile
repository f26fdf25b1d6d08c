# Two commands do all the set-up on a fresh Debian or Ubuntu machine with a Rust
# toolchain: `make demo` and `make test`. Both say what they install.
CARGO ?= cargo
RELEASE := $(abspath $(or $(CARGO_TARGET_DIR),target)/release)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.SILENT:
MIB ?= 1024
.PHONY: help demo test check lab bench bench-logs generate record release static

help: ## Show this list
	grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## Boot a throw-away host with a broken site, and diagnose it
	./scripts/prepare lab
	echo "Building gatewhy and the lab (some minutes the first time)"
	$(CARGO) build --quiet --release --package gatewhy --package lab
	$(SUDO) $(RELEASE)/lab demo

test: ## Everything: checks, unit and replay tests, the whole lab
	./scripts/prepare test
	./scripts/check --lab

check: ## Checks and tests that need no root and boot no host
	./scripts/check

release: ## Build gatewhy and the lab as they are shipped
	$(CARGO) build --quiet --release --package gatewhy --package lab

static: ## Build gatewhy as one file that runs on any Linux of the last ten years
	target=$$(rustc -vV | sed -n 's/^host: //p')
	RUSTFLAGS="-C target-feature=+crt-static" $(CARGO) build --quiet --release --package gatewhy --target "$$target"
	ls -l "$(or $(CARGO_TARGET_DIR),target)/$$target/release/gatewhy"

lab: ## The whole lab alone
	./scripts/prepare lab
	$(MAKE) release
	$(SUDO) $(RELEASE)/lab run --all --keep-going

bench: ## Wall time, processor time and memory of a diagnosis, over the lab
	./scripts/prepare lab
	$(MAKE) release
	$(SUDO) $(RELEASE)/lab run --all --keep-going --bench --jobs 1

bench-logs: ## `gatewhy logs` on 1 GiB logs, against ripgrep, wc, zstd (needs rg, zstd)
	$(CARGO) build --quiet --release --package gatewhy
	$(CARGO) bench --quiet --package gatewhy-logs --bench logs -- pairs $(RELEASE)/gatewhy $(RELEASE)/../bench-logs $(MIB)

generate: ## Write every generated file
	$(CARGO) xtask generate

record: ## Record the lab's hosts anew for the replay tests
	./scripts/prepare lab
	$(MAKE) release
	$(SUDO) $(RELEASE)/lab run --all --keep-going --record hosts
