#!/usr/bin/env bash
# The tree is as clang-format writes it.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
git ls-files --cached --others --exclude-standard '*.[ch]' | xargs clang-format --dry-run --Werror
