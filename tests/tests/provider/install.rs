//! Installs the provider once, in its own folder in the target directory.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("package.json")),
    ("package-lock.json", include_str!("package-lock.json")),
    ("server.mjs", include_str!("server.mjs")),
];

/// Returns the folder with server.mjs and the packages that it imports.
pub(crate) fn folder() -> PathBuf {
    // The name depends on the contents. The folder only exists if it is complete.
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("provider-{:016x}", hasher.finish()));
    if folder.exists() {
        return folder;
    }
    let unfinished = folder.with_extension(std::process::id().to_string());
    // An interrupted run with the same process id may have left this folder.
    let _ = fs::remove_dir_all(&unfinished);
    fs::create_dir_all(&unfinished).unwrap();
    for (name, text) in FILES {
        fs::write(unfinished.join(name), text).unwrap();
    }
    let npm = Command::new("npm")
        .args(["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(&unfinished)
        .status();
    let installed = npm.expect("npm does not run: install Node.js 20 or later, with npm");
    assert!(installed.success(), "npm cannot install oidc-provider, as it says above");
    fs::rename(&unfinished, &folder).unwrap();
    folder
}
