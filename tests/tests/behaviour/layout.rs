//! Checks what can be counted about the repository's layout.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns every source file in a folder.
pub(crate) fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "{folder}");
    found
}

/// Returns the lines that are not comments, blank, or tests.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]");
    lines.filter(|line| !line.is_empty() && !line.starts_with("//"))
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).current_dir(root()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the packages that a package is built with.
fn dependencies(package: &str) -> Vec<String> {
    let tree = cargo(&["tree", "--locked", "--edges", "normal", "--prefix", "none", "--package", package]);
    tree.lines().filter_map(|line| line.split(' ').next().map(String::from)).collect()
}

#[test]
fn adapters_stay_under_300_lines_of_code() {
    // Files that are optional for applications do not count, and neither does the list of names.
    let extra = ["auth.rs", "renew.rs", "metadata.rs", "info.rs", "lib.rs"];
    let is_extra = |path: &Path| extra.iter().any(|file| path.ends_with(file));
    for adapter in ["jwt-axum/src", "jwt-actix/src", "jwt-tower/src", "jwt-warp/src"] {
        let files = sources(adapter);
        let lines = |of: &dyn Fn(&Path) -> bool| -> usize {
            files.iter().filter(|(path, _)| of(path)).map(|(_, text)| code(text).count()).sum()
        };
        let (required, all) = (lines(&|path| !is_extra(path)), lines(&|_| true));
        // This one has types for bodies, and services instead of closures.
        let (most, most_in_all) = if adapter == "jwt-tower/src" { (750, 900) } else { (300, 600) };
        assert!(required < most, "{adapter} has {required}");
        assert!(all < most_in_all, "{adapter} has {all} in all");
    }
}

#[test]
fn a_file_is_one_type_or_one_step() {
    for (path, text) in sources("jwt-core/src") {
        let lines = code(&text).count();
        assert!(lines <= 300, "{} has {lines} lines of code", path.display());
    }
}

// `jwt-core/tests/core/floors.rs` checks the imports within the core.
#[test]
fn each_part_does_its_own_work() {
    let forbidden = [
        ("jwt-core/src/wire", ["http::", "async "].as_slice()),
        ("jwt-core/src/keys", &["http::", "async "]),
        ("jwt-core/src/token", &["http::", "async "]),
        ("jwt-core/src/config", &["async "]),
        ("jwt-core/src/session", &["http::"]),
        ("jwt-core/src/request", &["async "]),
        ("jwt-core/src/response", &["async "]),
        // Adapters translate. The core decides the order of the stages.
        ("jwt-axum/src", &[".check(", ".complete", "mem::forget"]),
        ("jwt-actix/src", &[".check(", ".complete", "mem::forget"]),
        ("jwt-tower/src", &[".check(", ".complete", "mem::forget"]),
        ("jwt-warp/src", &[".check(", ".complete", "mem::forget"]),
    ];
    for (folder, names) in forbidden {
        for (path, text) in sources(folder) {
            for name in names {
                assert!(!code(&text).any(|line| line.contains(name)), "{} names {name}", path.display());
            }
        }
    }
    for (path, text) in sources("jwt-core/src") {
        let is_key = path.components().any(|part| part.as_os_str() == "keys");
        for library in ["aws_lc_rs", "hmac::", "sha2::", "rsa::", "p256::", "ed25519_dalek", "pkcs8"] {
            assert!(is_key || !text.contains(library), "{} names {library}", path.display());
        }
        let is_clock = path.ends_with("builder/mod.rs");
        assert!(is_clock || !text.contains("SystemTime::now"), "{} reads the clock", path.display());
    }
}

#[test]
fn the_core_is_built_without_a_framework_and_without_an_executor() {
    let built = dependencies("jwt-core");
    for name in ["axum", "axum-core", "actix-web", "warp", "hyper", "tokio", "tower", "jsonwebtoken", "sqlx"]
    {
        assert!(!built.contains(&name.to_owned()), "{name}");
    }
}

const QUICKSTARTS: [(&str, &str); 3] =
    [("quickstart", "axum"), ("quickstart-actix", "actix-web"), ("quickstart-warp", "warp")];

#[test]
fn a_quickstart_is_one_file_to_copy() {
    for (package, _) in QUICKSTARTS {
        let [(path, text)] = &*sources(&format!("examples/{package}")) else {
            panic!("{package} is more than one file");
        };
        let lines = code(text).count();
        assert!(lines < 150, "{} has {lines} lines of code", path.display());
        assert!(!text.contains("include"), "{} needs another file", path.display());

        let manifest = root().join("examples").join(package).join("Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        let (_, own) = manifest.split_once("[dependencies]").unwrap();
        let (own, _) = own.split_once("[lints]").unwrap();
        assert!(!own.contains("workspace"), "{package} has dependencies that cannot be copied");
        let built = dependencies(package);
        for example in ["quickstart", "quickstart-actix", "quickstart-warp", "sessions", "stores", "worker"] {
            assert_eq!(built.contains(&example.to_owned()), example == package, "{example} in {package}");
        }
    }
}

#[test]
fn other_servers_are_one_file_to_copy_each() {
    for (package, most) in [("mcp-server", 250), ("observability", 180), ("openapi", 220), ("websocket", 220)]
    {
        let folder = root().join("examples").join(package);
        let lines = std::fs::read_to_string(folder.join("src/main.rs")).unwrap().lines().count();
        assert!(lines < most, "main.rs of {package} has {lines} lines");
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let (_, own) = manifest.split_once("[dependencies]").unwrap();
        let (own, _) = own.split_once("[lints]").unwrap();
        assert!(!own.contains("workspace"), "{package} has dependencies that cannot be copied");
    }
}

/// Limits how long a newcomer has to wait for the first build.
#[test]
fn a_quickstart_is_built_of_few_crates() {
    for ((package, _), most) in QUICKSTARTS.into_iter().zip([105, 161, 126]) {
        let tree =
            cargo(&["tree", "--locked", "-e", "normal,build", "--prefix", "none", "--package", package]);
        // Crates that are built twice are marked. Count them once.
        let crates: HashSet<_> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        assert!(crates.len() <= most, "{package} is built of {} crates", crates.len());
    }
}

#[test]
fn no_quickstart_is_built_with_the_framework_of_another() {
    for (package, own) in QUICKSTARTS {
        let built = dependencies(package);
        for (_, framework) in QUICKSTARTS {
            assert_eq!(built.contains(&framework.to_owned()), framework == own, "{framework} in {package}");
        }
    }
}

#[test]
fn the_worker_is_built_with_the_core_alone() {
    let built = dependencies("worker");
    assert!(built.contains(&"jwt-core".to_owned()));
    for name in [
        "jwt-axum",
        "jwt-actix",
        "jwt-tower",
        "jwt-warp",
        "axum",
        "axum-core",
        "actix-web",
        "warp",
        "hyper",
        "tokio",
        "tower",
    ] {
        assert!(!built.contains(&name.to_owned()), "{name}");
    }
}

/// Parses a version such as "1.89" or "1.89.0", in a form that can be ordered.
fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap()).chain([0, 0, 0]).take(3).collect()
}

#[test]
fn the_rust_version_is_enough_for_every_dependency() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--locked", "--format-version", "1"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let ours = packages.iter().find(|package| package["name"] == "jwt-core").unwrap();
    let ours = version(ours["rust_version"].as_str().unwrap());
    let demands = packages.iter().filter(|package| !package["source"].is_null());
    let most = demands.filter_map(|package| package["rust_version"].as_str()).map(version).max().unwrap();
    assert!(ours >= most, "{ours:?} is under {most:?}");
}
