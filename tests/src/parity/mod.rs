//! Scenarios recorded from flask-jwt-extended, replayed with this library on every framework.
//!
//! A scenario describes the application (`config`, `loaders`, `handlers`, `routes`) and then the steps: tokens are
//! issued, requests are sent, and each response is compared with the recorded one. `tests/parity/README.md` describes
//! the format.

mod application;
mod config;
mod expect;
mod steps;

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::Framework;
use crate::files::json_files;
use application::Form;

/// A file of scenarios.
#[derive(Debug, Deserialize)]
pub struct Document {
    /// The scenarios.
    pub scenarios: Vec<Scenario>,
}

/// One recorded scenario.
#[derive(Clone, Debug, Deserialize)]
pub struct Scenario {
    /// What it demonstrates.
    pub name: String,
    #[serde(default)]
    config: serde_json::Map<String, Value>,
    #[serde(default)]
    vars: serde_json::Map<String, Value>,
    #[serde(default)]
    loaders: serde_json::Map<String, Value>,
    #[serde(default)]
    handlers: serde_json::Map<String, Value>,
    routes: Option<Vec<application::RouteSpec>>,
    steps: Vec<Value>,
}

/// Reads the scenarios in these files, and in every `.json` file in these folders, sorted by name.
///
/// # Errors
/// Returns an error that names the file if one cannot be read.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Scenario>, String> {
    let mut scenarios = Vec::new();
    for path in paths {
        for file in json_files(path)? {
            let text =
                std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            let document: Document =
                serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
            scenarios.extend(document.scenarios);
        }
    }
    Ok(scenarios)
}

/// Runs a scenario on a framework: once with guards and, if every policy has an extractor, once with extractors.
///
/// # Errors
/// Returns an error that lists every response that differs, and everything that cannot be run.
pub fn run(scenario: &Scenario, framework: &Framework) -> Result<(), String> {
    let forms = [(Form::Guard, "guard"), (Form::Extractor, "extractor")];
    for (form, name) in forms {
        steps::run(scenario, framework, form).map_err(|differs| format!("by {name}: {differs}"))?;
    }
    Ok(())
}
