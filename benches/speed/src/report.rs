//! The output.

use std::fmt::Write as _;

use bench_common::table::{Goal, Row};

use crate::harness::Times;

/// Text for people, rows with goals, and the data of a plot.
#[derive(Default)]
pub struct Report {
    pub text: String,
    pub rows: Vec<Row>,
    /// Names and nanoseconds.
    pub bars: Vec<(String, f64)>,
    /// Versions of programs that are not crates.
    pub flask: Option<String>,
}

impl From<bench_http::Outcome> for Report {
    fn from(outcome: bench_http::Outcome) -> Self {
        let bench_http::Outcome { text, rows, flask, .. } = outcome;
        let mut report = Self { rows, flask, ..Self::default() };
        report.heading("What guards add to a request");
        report.text += &text;
        report
    }
}

impl Report {
    pub fn add(&mut self, other: Self) {
        self.text += &other.text;
        self.rows.extend(other.rows);
        self.bars.extend(other.bars);
        self.flask = self.flask.take().or(other.flask);
    }

    pub fn heading(&mut self, heading: &str) {
        let _ = writeln!(self.text, "\n### {heading}\n");
    }

    pub fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}\n");
    }

    pub fn table(&mut self, head: &[&str], lines: &[Vec<String>]) {
        let _ = writeln!(self.text, "| {} |", head.join(" | "));
        let _ = writeln!(self.text, "| --- |{}", " ---: |".repeat(head.len() - 1));
        for line in lines {
            let _ = writeln!(self.text, "| {} |", line.join(" | "));
        }
    }

    /// Adds a row for a goal that is a ratio of this run.
    pub fn ratio(&mut self, what: &str, times: &Times, case: &str, to: &str, most: f64, note: &str) {
        let figure = times.ratio(case, to).expect("both were measured");
        self.rows.push(Row::new(what, Goal::AtMost(most), figure, "×").note(note));
    }
}

/// A name, and a note for the reader.
pub fn noted(name: &str, note: &str) -> String {
    if note.is_empty() { name.to_owned() } else { format!("{name} ({note})") }
}

pub fn ns(figure: Option<f64>) -> String {
    match figure {
        None => "–".to_owned(),
        Some(figure) if figure < 100.0 => format!("{figure:.1}"),
        Some(figure) => {
            let digits = format!("{figure:.0}");
            let mut text = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index) % 3 == 0 {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
    }
}

pub fn times(ratio: Option<f64>) -> String {
    match ratio {
        None => "–".to_owned(),
        Some(ratio) if ratio < 0.1 => format!("{ratio:.3}"),
        Some(ratio) if ratio < 10.0 => format!("{ratio:.2}"),
        Some(ratio) => format!("{ratio:.1}"),
    }
}
