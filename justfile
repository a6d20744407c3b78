# Common tasks; `just --list` shows them. Each line also works as a command without `just`.

setup:
    uv sync

format:
    uv run ruff check --fix --select I .
    uv run ruff format .

lint:
    uv run ruff check .
    uv run ruff format --check .
    uv run lint-imports
    uv run mypy

test *arguments:
    uv run pytest {{ arguments }}

slow:
    uv run pytest -m "slow or real_data"

coverage:
    uv run pytest --cov --cov-report=term:skip-covered

# Tests that need no window, with every import of Qt failing.
without-qt *arguments:
    PYTHONPATH=tests/support uv run pytest -p no:pytest-qt -p without_qt {{ arguments }}

# All checks that a change must pass, slow tests included; also on a fresh clone.
gate:
    bash .ci/run

# One benchmark, for example training/kills; --help shows its arguments.
bench name *arguments:
    uv run python tests/bench/{{ name }}.py {{ arguments }}

# Generate docs/settings.md from the rows of the specs.
settings:
    uv run python packaging/make_settings_page.py

screenshots folder="docs/pictures":
    uv run python tests/screenshots.py {{ folder }}

# The documentation site, in build/site; every warning is an error.
docs:
    uv run --group docs python -m sphinx -q -W --keep-going -b html docs build/site
