//! What is measured, and on which machine.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::flask::output;

const LOCK: &str = include_str!("../../Cargo.lock");

const COMPARED: [&str; 13] = [
    "jwt-core",
    "jwt-axum",
    "jwt-actix",
    "jwt-warp",
    "axum",
    "actix-web",
    "warp",
    "hyper",
    "tokio",
    "aws-lc-rs",
    "axum-jwt-auth",
    "actix-web-httpauth",
    "jsonwebtoken",
];

/// Formats the information as Markdown.
pub(crate) fn describe() -> Result<String> {
    Ok(format!(
        "- Machine: {} × {}, Linux {}\n- {}, {}\n- {}\n\n",
        std::thread::available_parallelism()?,
        processor()?,
        fs::read_to_string("/proc/sys/kernel/osrelease")?.trim(),
        output(Command::new("rustc").arg("--version")).unwrap_or_else(|_| "rustc unknown".to_owned()),
        if cfg!(debug_assertions) { "**not optimized: the figures are meaningless**" } else { "release" },
        COMPARED.map(versions).join(", "),
    ))
}

/// Returns all versions of a crate in the build.
fn versions(name: &str) -> String {
    let entry = format!("name = \"{name}\"\nversion = \"");
    let found = LOCK.match_indices(&entry).filter_map(|(at, _)| LOCK[at + entry.len()..].split('"').next());
    format!("{name} {}", found.collect::<Vec<_>>().join(" and "))
}

fn processor() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo")?;
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    Ok(model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.to_owned()))
}
