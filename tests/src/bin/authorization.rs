//! Runs the table of tokens and policies: `authorization [--framework axum|actix|warp|hyper] [--list]`.
//!
//! Prints the number of rows, each response that is not as the table says, and then `N passed, N failed`. A row counts
//! once per framework and way, which is a guard or an extractor. `--list` prints the rows instead. Exits with 1 if a
//! response is wrong, and with 2 if the arguments are.

use std::process::ExitCode;

use jwt_tests::authorization::{self, Row};
use jwt_tests::{EVERY, Framework};

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("authorization: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<bool, String> {
    let mut frameworks: Vec<Framework> = Vec::new();
    let mut only_lists = false;
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--framework" => {
                let name = arguments.next().unwrap_or_default();
                let framework = EVERY.into_iter().find(|framework| framework.name == name);
                frameworks.push(framework.ok_or("--framework is axum, actix, warp, or hyper")?);
            }
            "--list" => only_lists = true,
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    if frameworks.is_empty() {
        frameworks.extend(EVERY);
    }
    let rows = authorization::table();
    if only_lists {
        rows.iter().map(Row::line).for_each(|line| println!("{line}"));
        return Ok(true);
    }
    let names: Vec<&str> = frameworks.iter().map(|framework| framework.name).collect();
    println!("{} rows, each by guard and by extractor on {}", rows.len(), names.join(", "));
    let outcome = authorization::run(&rows, &frameworks);
    println!("{outcome}");
    Ok(outcome.failures.is_empty())
}
