# For the other scripts, which source it.

# published: the packages that go to crates.io, which are those at the top that do not say `publish = false`.
published() {
    local manifest
    for manifest in */Cargo.toml; do
        if ! grep -q '^publish = false' "$manifest" && grep -q '^\[package\]' "$manifest"; then
            dirname "$manifest"
        fi
    done
}

# target_directory: where cargo puts what it compiles.
target_directory() {
    cargo metadata --no-deps --format-version 1 --locked | sed 's/.*"target_directory":"\([^"]*\)".*/\1/'
}
