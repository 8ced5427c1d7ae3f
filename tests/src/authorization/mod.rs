//! Who may do what: a table of tokens and policies, with the response of each framework by guard and by extractor.
//!
//! `table.rs` is the table. `policies.rs` has the policies, `application.rs` the manager and the issuers, and
//! `expected.rs` the responses.

mod application;
mod expected;
pub(crate) mod policies;
mod table;

use std::fmt;

use application::Way;
use expected::{Reply, common};
use policies::LISTED;

pub use expected::Expected;
pub use table::{Row, table};

use crate::{Ask, Framework};

/// The number of characters of a token's claims that are printed.
const MOST_SHOWN: usize = 160;

/// The results of a run. A row counts once per framework and way, which is a guard or an extractor.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The number of responses that are as expected.
    pub passed: usize,
    /// A text for each of the others.
    pub failures: Vec<String>,
}

/// Runs rows on these frameworks, by guard and by extractor.
///
/// A response passes if status, challenge, and body are as the row says, and if it is equal to the first response to the
/// same token and policy in every byte, except for the order of the header fields and for `Date`.
///
/// # Panics
/// Panics if a server does not start, or does not respond.
#[must_use]
pub fn run(rows: &[Row], frameworks: &[Framework]) -> Outcome {
    let servers: Vec<_> = frameworks
        .iter()
        .map(|framework| (framework.name, framework.serve(application::application())))
        .collect();
    let mut outcome = Outcome::default();
    for row in rows {
        let token = (!row.claims.is_empty()).then(|| application::token(&row.claims));
        let expected = row.expected.reply();
        let mut first: Option<String> = None;
        for (framework, server) in &servers {
            for way in Way::ALL {
                let ask = Ask::get(&way.path(row.policy));
                let answer = server.ask(match &token {
                    Some(token) => ask.bearer(token),
                    None => ask,
                });
                let (actual, whole) = (Reply::from(&answer), common(&answer));
                let first = first.get_or_insert_with(|| whole.clone());
                let differs = if actual != expected {
                    format!("expected {expected}\n  actual   {actual}")
                } else if *first != whole {
                    format!("the first response to this row was\n{first}\nand this one is\n{whole}")
                } else {
                    outcome.passed += 1;
                    continue;
                };
                let way = way.name();
                outcome.failures.push(format!("FAILED {row} by {way} on {framework}\n  {differs}"));
            }
        }
    }
    outcome
}

impl Row {
    /// Returns the row as a line: the policy, the claims of the token, and the response.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{self}: {}", self.expected.reply())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, source) = LISTED.get(self.policy).unwrap_or(&("", ""));
        let source: Vec<&str> = source.split_whitespace().collect();
        write!(f, "{name} = {}, ", source.join(" "))?;
        if self.claims.is_empty() {
            return f.write_str("no token");
        }
        let shown: String = self.claims.chars().take(MOST_SHOWN).collect();
        write!(f, "token {shown}")?;
        if shown.len() < self.claims.len() { write!(f, "… ({} bytes)", self.claims.len()) } else { Ok(()) }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "{failure}")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failures.len())
    }
}
