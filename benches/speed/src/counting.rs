//! Only a program with the feature `allocations` counts heap allocations. A program without it has cargo build one that
//! does.

use std::process::{Command, Stdio};

/// Returns what the other program prints.
pub fn lines(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let mut counting = Command::new(cargo);
    counting.args(["run", "--release", "--manifest-path", manifest, "--features", "allocations", "--"]);
    let output = counting.args(arguments).stderr(Stdio::inherit()).output().expect("cargo can be started");
    assert!(output.status.success(), "the program that counts allocations failed");
    String::from_utf8(output.stdout).expect("text")
}
