# Functions for the other scripts, which source this file. Each check tries the tool instead of only looking for its
# name. tests/tests/behaviour/scripts.rs tests the checks against lookalikes.

# need CHECK PACKAGES MESSAGE: if the check fails, installs the packages if possible. If it still fails, prints the
# message and exits.
need() {
    if eval "$1" >/dev/null 2>&1; then
        return
    fi
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        # shellcheck disable=SC2086 # several packages
        apt-get update && apt-get install --yes --no-install-recommends $2
        if eval "$1" >/dev/null 2>&1; then
            return
        fi
    fi
    echo "$3" >&2
    exit 1
}

# compiles COMPILER LANGUAGE HEADER: checks the compiler, the headers of its standard library, and the linker.
compiles() {
    local folder status=0
    folder="$(mktemp -d)"
    printf '#include <%s>\nint main() { return 0; }\n' "$3" | "$1" -x "$2" - -o "$folder/program" || status=1
    rm -rf "$folder"
    return "$status"
}

has_c() { compiles cc c stdlib.h; }

has_cxx() { compiles c++ c++ cstdlib; }

# Called as in the tests: without packages that are installed for one user only.
has_python_with_pip() {
    python3 -s -c 'import sys; sys.exit(sys.version_info < (3, 10))' && python3 -s -m pip --version
}

# has_postgresql FOLDER…: checks that one of the folders, or of those on the PATH, has all programs of the server.
has_postgresql() {
    local folder path
    IFS=: read -ra path <<<"$PATH"
    for folder in "$@" "${path[@]}"; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && [ -x "$folder/pg_isready" ]; then
            return
        fi
    done
    return 1
}

# Checks that chromedriver and a browser have the same major version. Otherwise, chromedriver does not start the browser.
has_chromium() {
    local browser major version
    version="$(chromedriver --version)" || return 1
    [[ "$version" =~ ^ChromeDriver\ ([0-9]+)\. ]] || return 1
    major="${BASH_REMATCH[1]}"
    for browser in chromium chromium-browser chrome google-chrome; do
        if version="$("$browser" --version)" && [[ "$version" =~ \ "$major"\. ]]; then
            return
        fi
    done
    return 1
}

# has_libclang FOLDER…: looks in the folders and at LIBCLANG_PATH, which can be a folder or a file. libclang-cpp is a
# different library.
has_libclang() {
    local place file
    for place in ${LIBCLANG_PATH:+"$LIBCLANG_PATH"} "$@"; do
        for file in "$place" "$place"/*; do
            case "${file##*/}" in
                libclang.so* | libclang-[0-9]*.so*) if [ -f "$file" ]; then return; fi ;;
            esac
        done
    done
    return 1
}

# Checks that callgrind runs and that its output can be read.
has_callgrind() {
    local file status=0
    file="$(mktemp)"
    valgrind --quiet --tool=callgrind --callgrind-out-file="$file" true && callgrind_annotate "$file" || status=1
    rm -f "$file"
    return "$status"
}
