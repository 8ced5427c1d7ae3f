//! Runs parity scenarios: `parity [--framework axum|actix|warp|hyper] PATH…`.
//!
//! Prints each scenario that differs, and then `N passed, N failed`. A scenario counts once per framework. Exits with 1
//! if any differs, and with 2 if there was nothing to run.

use std::path::PathBuf;
use std::process::ExitCode;

use jwt_tests::{EVERY, Framework, parity};

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("parity: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<bool, String> {
    let mut frameworks: Vec<Framework> = Vec::new();
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--framework" {
            let name = arguments.next().unwrap_or_default();
            let framework = EVERY.into_iter().find(|framework| framework.name == name);
            frameworks.push(framework.ok_or("--framework is axum, actix, warp, or hyper")?);
        } else if argument.starts_with('-') {
            return Err(format!("unknown option {argument}"));
        } else {
            paths.push(argument.into());
        }
    }
    if frameworks.is_empty() {
        frameworks.extend(EVERY);
    }
    let scenarios = parity::load(&paths)?;
    if scenarios.is_empty() {
        return Err("no scenarios; usage: parity [--framework axum|actix|warp|hyper] PATH…".into());
    }
    let (mut passed, mut failed) = (0, 0);
    for scenario in &scenarios {
        for framework in &frameworks {
            match parity::run(scenario, framework) {
                Ok(()) => passed += 1,
                Err(differs) => {
                    failed += 1;
                    println!("DIFFERS {} on {}: {differs}", scenario.name, framework.name);
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}
