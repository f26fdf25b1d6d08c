# Two commands do all the set-up on a fresh Debian or Ubuntu machine with a Rust
# toolchain: `make demo` and `make test`. Both say what they install.
CARGO ?= cargo
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.SILENT:
.PHONY: help demo test check lab bench generate record fuzz

help: ## Show this list
	grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## Boot a throw-away host with a broken site, and diagnose it
	./scripts/prepare lab
	$(CARGO) build --quiet --release --package gatewhy --package lab
	target/release/lab --gatewhy target/release/gatewhy demo

test: ## Everything: checks, unit and replay tests, the whole lab
	./scripts/prepare test
	./scripts/check
	$(CARGO) build --quiet --release --package gatewhy --package lab
	target/release/lab run --all --keep-going --gatewhy target/release/gatewhy

check: ## Checks and tests that need no root and boot no host
	./scripts/check

lab: ## The whole lab alone
	./scripts/prepare lab
	$(CARGO) build --quiet --release --package gatewhy --package lab
	target/release/lab run --all --keep-going --gatewhy target/release/gatewhy

bench: ## Wall time, processor time and memory of a diagnosis, over the lab
	./scripts/prepare lab
	$(CARGO) build --quiet --release --package gatewhy --package lab
	target/release/lab run --all --keep-going --bench --gatewhy target/release/gatewhy

generate: ## Write every generated file
	$(CARGO) xtask generate

record: ## Record the lab's hosts anew for the replay tests
	./scripts/prepare lab
	$(CARGO) build --quiet --release --package gatewhy --package lab
	target/release/lab run --all --keep-going --record hosts --gatewhy target/release/gatewhy
