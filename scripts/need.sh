# For the other scripts, which source it. A check tries what is used, and not what merely has its name;
# tests/tests/behaviour/scripts.rs holds each against something that resembles it.

# need CHECK PACKAGES SENTENCE: installs the packages where the check fails and that can be done, and otherwise stops with
# the sentence.
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

# compiles COMPILER LANGUAGE HEADER: a compiler, the headers of its standard library, and a linker.
compiles() {
    local folder status=0
    folder="$(mktemp -d)"
    printf '#include <%s>\nint main() { return 0; }\n' "$3" | "$1" -x "$2" - -o "$folder/program" || status=1
    rm -rf "$folder"
    return "$status"
}

has_c() { compiles cc c stdlib.h; }

has_cxx() { compiles c++ c++ cstdlib; }

# As the tests call it: without what is installed for one user alone.
has_python_with_pip() {
    python3 -s -c 'import sys; sys.exit(sys.version_info < (3, 10))' && python3 -s -m pip --version
}

# has_postgresql FOLDER…: the server's programs, all in one of the folders or of the path.
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

# has_libclang FOLDER…: in one of the folders, or where LIBCLANG_PATH says, a folder or a file. libclang-cpp is another
# library.
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

# It runs, and what it has counted can be read.
has_callgrind() {
    local file status=0
    file="$(mktemp)"
    valgrind --quiet --tool=callgrind --callgrind-out-file="$file" true && callgrind_annotate "$file" || status=1
    rm -f "$file"
    return "$status"
}
