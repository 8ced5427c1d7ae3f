//! Scenarios recorded from flask-jwt-extended, asked of this library on every framework.
//!
//! A scenario says how the application is made (`config`, `loaders`, `handlers`, `routes`) and then steps: tokens are
//! issued, requests sent, and each answer held against the recorded one. `tests/parity/README.md` describes the format.

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

/// One recorded story.
#[derive(Clone, Debug, Deserialize)]
pub struct Scenario {
    /// What it shows.
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

/// The scenarios of these files, and of every `.json` file below these folders, in order of their names.
///
/// # Errors
/// Which file cannot be read.
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

/// Runs a scenario on a framework, once with guards and, where every policy has an extractor, once with those.
///
/// # Errors
/// Every answer that differs, and what cannot be run at all.
pub fn run(scenario: &Scenario, framework: &Framework) -> Result<(), String> {
    let forms = [(Form::Guard, "guard"), (Form::Extractor, "extractor")];
    for (form, name) in forms {
        steps::run(scenario, framework, form).map_err(|differs| format!("by {name}: {differs}"))?;
    }
    Ok(())
}
