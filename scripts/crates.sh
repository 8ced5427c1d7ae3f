# Functions for the other scripts, which source this file.

# published: prints the packages that are published on crates.io: those in top-level folders without `publish = false`.
published() {
    local manifest
    for manifest in */Cargo.toml; do
        if ! grep -q '^publish = false' "$manifest" && grep -q '^\[package\]' "$manifest"; then
            dirname "$manifest"
        fi
    done
}

# target_directory: prints cargo's target directory.
target_directory() {
    cargo metadata --no-deps --format-version 1 --locked | sed 's/.*"target_directory":"\([^"]*\)".*/\1/'
}
