# What is done often. `just --list` shows it; each line is a command that works by itself, too.

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

# All that needs no window, with every import of Qt failing.
without-qt *arguments:
    PYTHONPATH=tests/support uv run pytest -p no:pytest-qt -p without_qt {{ arguments }}

# All that a change must pass, on a fresh clone.
gate:
    bash .ci/run

# Benchmarks of the window need no photos; the others say what they want with --help.
bench name *arguments:
    uv run python tests/bench/{{ name }}.py {{ arguments }}

# The page of settings, from the rows of the specs.
settings:
    uv run python packaging/make_settings_page.py

screenshots folder="docs/pictures":
    uv run python tests/screenshots.py {{ folder }}
