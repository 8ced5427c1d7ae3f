//! Runs verification vectors: `corpus [--backend aws-lc|rust-crypto] PATH…`.
//!
//! Prints a table of the cases with the expected outcome, the names of the others, and then `N passed, N failed` for
//! the level `must`. A case counts once per setup. Exits with 1 if any failed, and with 2 if there was nothing to run.

use std::path::PathBuf;
use std::process::ExitCode;

use jwt_core::keys::Backend;
use jwt_tests::corpus::{self, Level};

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("corpus: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<bool, String> {
    let mut backends: Vec<Backend> = Vec::new();
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--backend" {
            let name = arguments.next().unwrap_or_default();
            let backend = Backend::all().iter().find(|backend| backend.as_str() == name);
            backends
                .push(*backend.ok_or("--backend is aws-lc or rust-crypto, as far as they are compiled in")?);
        } else if argument.starts_with('-') {
            return Err(format!("unknown option {argument}"));
        } else {
            paths.push(argument.into());
        }
    }
    if backends.is_empty() {
        backends.extend(Backend::all());
    }
    let documents = corpus::load(&paths)?;
    if documents.is_empty() {
        return Err("no vectors; usage: corpus [--backend aws-lc|rust-crypto] PATH…".into());
    }
    let table = corpus::run(&documents, &backends)?;
    println!("{table}");
    Ok(table.total(Level::Must).wrong == 0)
}
