//! Verification vectors: tokens that a verifier must reject, accept, or survive. They run directly against the verifier
//! and over HTTP. `tests/vectors/README.md` describes the format.

mod claims;
mod http;
mod signature;

use std::fmt;
use std::path::PathBuf;

use jwt_core::keys::Backend;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::files::json_files;

/// A file of vectors.
#[derive(Debug, Deserialize)]
pub struct Document {
    #[serde(default)]
    kind: Kind,
    keys: Map<String, Value>,
    #[serde(default)]
    public_pem: Map<String, Value>,
    #[serde(default)]
    now: u64,
    #[serde(default)]
    leeway: u64,
    iss: Option<String>,
    aud: Option<String>,
    cases: Vec<Case>,
}

/// What a file tests.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// Signature and claims.
    #[default]
    Jwt,
    /// The signature alone.
    Jws,
}

/// A token, and the expected outcome.
#[derive(Debug, Deserialize)]
struct Case {
    id: Value,
    #[serde(default)]
    category: String,
    #[serde(default)]
    name: String,
    profile: String,
    expect: Expect,
    level: Level,
    token: Option<String>,
    recipe: Option<Recipe>,
}

/// A token that is too long to be written out.
#[derive(Debug, Deserialize)]
struct Recipe {
    parts: Vec<(String, usize)>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Accept,
    Reject,
    /// Any outcome except a crash.
    Any,
}

/// How much the outcome matters.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Any other outcome violates security or a standard.
    Must,
    /// The behavior of the strictest libraries.
    Should,
    /// A matter of judgment.
    May,
}

/// The outcome for a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    Accepted,
    Refused,
    /// A panic, or a response that blames the server.
    Crashed,
    /// HTTP itself would change the token.
    Skipped,
}

impl Case {
    fn token(&self) -> String {
        match (&self.token, &self.recipe) {
            (Some(token), _) => token.clone(),
            (None, Some(recipe)) => recipe.parts.iter().map(|(text, times)| text.repeat(*times)).collect(),
            (None, None) => String::new(),
        }
    }

    fn is_right(&self, outcome: Outcome) -> bool {
        match (self.expect, outcome) {
            (_, Outcome::Crashed) => false,
            (_, Outcome::Skipped) | (Expect::Any, _) => true,
            (Expect::Accept, outcome) => outcome == Outcome::Accepted,
            (Expect::Reject, outcome) => outcome == Outcome::Refused,
        }
    }
}

/// The outcomes of all cases in one setup, such as "verifier, AwsLc".
#[derive(Debug)]
pub struct Row {
    place: String,
    counts: [Count; 3],
    wrong: Vec<String>,
    skipped: Vec<String>,
}

/// How many cases of a level had the expected outcome.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// Those with the expected outcome.
    pub right: usize,
    /// Those with another outcome.
    pub wrong: usize,
}

impl Row {
    fn new(place: String) -> Self {
        Self { place, counts: [Count::default(); 3], wrong: Vec::new(), skipped: Vec::new() }
    }

    fn add(&mut self, case: &Case, outcome: Outcome) {
        let name = format!("{} {} ({})", case.id, case.name, case.category);
        let count = &mut self.counts[case.level as usize];
        if outcome == Outcome::Skipped {
            self.skipped.push(name);
        } else if case.is_right(outcome) {
            count.right += 1;
        } else {
            count.wrong += 1;
            let Case { level, expect, .. } = case;
            self.wrong.push(format!("({level:?}) {name}: {outcome:?}, expected {expect:?}"));
        }
    }

    /// The number of cases of a level.
    #[must_use]
    pub const fn count(&self, level: Level) -> Count {
        self.counts[level as usize]
    }

    /// The number of cases that HTTP would have changed.
    #[must_use]
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }
}

/// The results of a run.
#[derive(Debug, Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// A row for each setup.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// The cases of a level, over all setups.
    #[must_use]
    pub fn total(&self, level: Level) -> Count {
        self.0.iter().map(|row| row.count(level)).fold(Count::default(), |sum, count| Count {
            right: sum.right + count.right,
            wrong: sum.wrong + count.wrong,
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<28}{:>12}{:>12}{:>12}", "right / all", "must", "should", "may")?;
        for row in &self.0 {
            write!(f, "{:<28}", row.place)?;
            for level in [Level::Must, Level::Should, Level::May] {
                let Count { right, wrong } = row.count(level);
                write!(f, "{:>12}", format!("{right}/{}", right + wrong))?;
            }
            writeln!(f)?;
        }
        // Write one line per case, even if it has the same outcome in several setups.
        let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
        for row in &self.0 {
            let wrong = row.wrong.iter().map(|case| format!("WRONG {case}"));
            for line in wrong.chain(row.skipped.iter().map(|case| format!("SKIPPED {case}"))) {
                match lines.iter_mut().find(|(other, _)| *other == line) {
                    Some((_, places)) => places.push(&row.place),
                    None => lines.push((line, vec![&row.place])),
                }
            }
        }
        for (line, places) in lines {
            let everywhere = places.len() == self.0.len();
            let places = if everywhere { "everywhere".into() } else { places.join("; ") };
            writeln!(f, "{line} [{places}]")?;
        }
        let Count { right, wrong } = self.total(Level::Must);
        write!(f, "{right} passed, {wrong} failed")
    }
}

/// Reads the vectors in these files, and in every `.json` file in these folders.
///
/// # Errors
/// Returns an error that names the file if one cannot be read.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Document>, String> {
    let mut documents = Vec::new();
    for path in paths {
        for file in json_files(path)? {
            let told = |error: &dyn fmt::Display| format!("{}: {error}", file.display());
            let text = std::fs::read_to_string(&file).map_err(|error| told(&error))?;
            documents.push(serde_json::from_str(&text).map_err(|error| told(&error))?);
        }
    }
    Ok(documents)
}

/// Runs the vectors with each of these crypto libraries, directly against the verifier and, for vectors with claims,
/// over HTTP on every framework.
///
/// # Errors
/// Returns an error if a part of a file, such as a key, cannot be used.
pub fn run(documents: &[Document], backends: &[Backend]) -> Result<Table, String> {
    let mut table = Table::default();
    for &backend in backends {
        let mut row = Row::new(format!("verifier, {}", backend.as_str()));
        for document in documents {
            match document.kind {
                Kind::Jwt => claims::run(document, backend, &mut row)?,
                Kind::Jws => signature::run(document, backend, &mut row)?,
            }
        }
        table.0.push(row);
    }
    let has_claims = documents.iter().any(|document| document.kind == Kind::Jwt);
    for &backend in backends.iter().filter(|_| has_claims) {
        table.0.extend(http::run(documents, backend)?);
    }
    Ok(table)
}

/// Runs one case. A panic is an outcome, too.
fn surviving(judge: impl FnOnce() -> Outcome) -> Outcome {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(judge)).unwrap_or(Outcome::Crashed)
}
