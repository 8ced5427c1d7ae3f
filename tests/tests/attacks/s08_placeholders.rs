//! The documentation's own secret was accepted, and so were other placeholders.

use std::path::Path;

use jwt_core::{Config, ConfigError, JwtManager};

use crate::Attack;

pub(crate) const ATTACK: Attack = Attack {
    name: "S8",
    tried: "placeholders of documentation as secrets, and every text in quotes in this repository's documents",
    on: "configuration",
    run,
};

fn build(config: Config, secret: &str) -> Result<JwtManager, ConfigError> {
    crate::count_try();
    JwtManager::builder(config).secret(secret).build()
}

fn run() {
    for secret in [
        "MDYxN2FiMTAtZmU0ZS00Y2UzLWI4Nzkt",
        "your-super-secret-and-long-key-here!!",
        "replace-this-with-a-long-random-secret",
        "change me, change me, change me, change me",
        "super-secret super-secret super-secret",
        "a-string-secret-at-least-256-bits-long",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "a-secret-that-is-long-enough-for-every-hash-of-the-family-0123456789abcdef",
    ] {
        let told = build(Config::default(), secret).expect_err(secret).to_string();
        assert!(told.contains("openssl rand"), "{told}");
        assert!(build(Config::flask_compatible(), secret).is_err(), "{secret}");
        assert!(build(Config::default().insecure_placeholder_secret(), secret).is_ok(), "{secret}");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let documents = documents(root);
    assert!(documents.len() > 100, "{} documents", documents.len());
    for file in documents {
        let text = std::fs::read_to_string(&file).unwrap();
        let is_rust = file.extension().is_some_and(|extension| extension == "rs");
        let lines = text.lines().filter(|line| !is_rust || line.trim_start().starts_with("//"));
        for line in lines {
            for literal in line.split('"').skip(1).step_by(2).filter(|text| text.len() >= 32) {
                let is_near_secret = line.contains("secret") || line.contains("SECRET");
                let is_path = literal.starts_with("/var/run/secrets/");
                assert!(
                    !is_near_secret
                        || is_path
                        || literal.contains(' ')
                        || build(Config::default(), literal).is_err(),
                    "{} contains a usable secret: {line}",
                    file.display()
                );
            }
            let exported =
                line.split("JWT_SECRET_KEY=").nth(1).filter(|value| !value.starts_with(['$', '"', '`']));
            let is_written = exported.is_some_and(|value| value.len() >= 32 && !value.starts_with("..."));
            assert!(!is_written, "{} has a secret: {line}", file.display());
            let given = line.split(".secret(\"").nth(1).and_then(|rest| rest.split('"').next());
            let is_usable = given.is_some_and(|secret| build(Config::default(), secret).is_ok());
            assert!(!is_usable, "{} has a secret: {line}", file.display());
        }
    }
}

/// All Markdown files and sources of the packages and examples.
fn documents(root: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && !["target", "tests", "benches", "fuzz"].contains(&&*name) {
                    folders.push(path);
                }
            } else if name.ends_with(".md") || name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    found
}
