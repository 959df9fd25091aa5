# Building and checking what is deployed. Included by Makefile, which sets PYTHON. Needs neither AWS, docker nor
# Python 3.13: the wheels are fetched for Lambda, and the SAM CLI is given false credentials and no profile.

.PHONY: build lint-template lock-layer

SAM_BIN := $(CURDIR)/.venv-sam/bin
SAM_OFFLINE := env -u AWS_PROFILE -u AWS_DEFAULT_PROFILE -u AWS_SESSION_TOKEN \
  AWS_ACCESS_KEY_ID=false AWS_SECRET_ACCESS_KEY=false AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 \
  AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true \
  SAM_CLI_TELEMETRY=0 PATH="$(SAM_BIN):$$PATH"

# --no-deps: the lock is complete, and pip refuses a hashed pin where the SAM CLI asks for the same package with extras.
.venv-sam/.installed: requirements/sam.txt
	rm -rf .venv-sam
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements/sam.txt
	.venv-sam/bin/python -m pip check --disable-pip-version-check
	touch $@

build: .venv-sam/.installed
	$(SAM_OFFLINE) sam build

lint-template: .venv-sam/.installed
	$(SAM_OFFLINE) sam validate --lint
	$(SAM_OFFLINE) python -m pytest -c tests/deploy/sam.ini --rootdir . --confcutdir tests/deploy -p no:cacheprovider --quiet -m sam tests/deploy/test_translated.py

# The layer's part of requirements/runtime.txt: the same versions and hashes, with the markers settled for Lambda.
lock-layer:
	uv pip compile requirements/runtime.in --constraint requirements/runtime.txt --generate-hashes --only-binary :all: \
	  --python-version 3.13 --python-platform aarch64-manylinux_2_34 --no-annotate --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock-layer" --quiet --output-file layers/dependencies/requirements.txt
