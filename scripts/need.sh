# For the other scripts, which source it.

# need COMMAND PACKAGES SENTENCE: what the command needs is installed where that can be done, or asked for.
need() {
    if eval "$1" >/dev/null 2>&1; then
        return
    fi
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        # shellcheck disable=SC2086 # several packages
        apt-get update && apt-get install --yes --no-install-recommends $2
    else
        echo "$3" >&2
        exit 1
    fi
}
