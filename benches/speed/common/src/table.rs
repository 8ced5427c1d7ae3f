//! Goals, figures, and verdicts.

use std::fmt;

/// The condition for a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub what: String,
    pub goal: Goal,
    pub figure: f64,
    /// `×` for a ratio, `ns`, `bytes`; empty for a count.
    pub unit: &'static str,
    /// A note for the reader; can be empty.
    pub note: String,
}

impl Row {
    pub fn new(what: impl Into<String>, goal: Goal, figure: f64, unit: &'static str) -> Self {
        Self { what: what.into(), goal, figure, unit, note: String::new() }
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    pub fn is_reached(&self) -> bool {
        match self.goal {
            Goal::AtMost(most) => self.figure <= most,
            Goal::AtLeast(least) => self.figure >= least,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::AtLeast(least) => write!(f, "≥ {least}"),
        }
    }
}

/// Returns the rows with these names, in the order of the names. A name may leave out what follows a comma in a row.
pub fn picked(rows: &[Row], names: &[&str]) -> Vec<Row> {
    let has = |row: &&Row, name: &str| {
        row.what.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(", "))
    };
    names.iter().flat_map(|name| rows.iter().filter(|row| has(row, name))).cloned().collect()
}

/// Returns how many goals are met.
pub fn count(rows: &[Row]) -> String {
    let (reached, all) = (rows.iter().filter(|row| row.is_reached()).count(), rows.len());
    format!("{reached} of {all} goals are reached")
}

/// Returns the table as Markdown.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| what | goal | figure | verdict |\n| --- | ---: | ---: | --- |\n");
    for row in rows {
        let verdict = match row.figure {
            figure if figure.is_nan() => "not measured",
            _ if row.is_reached() => "reached",
            _ => "**missed**",
        };
        let note = if row.note.is_empty() { String::new() } else { format!(" ({})", row.note) };
        let (what, goal) = (&row.what, row.goal);
        let (figure, unit) = match row.unit {
            "" => (format!("{}", row.figure), String::new()),
            unit => (significant(row.figure), format!(" {unit}")),
        };
        text.push_str(&format!("| {what}{note} | {goal}{unit} | {figure}{unit} | {verdict} |\n"));
    }
    text
}

/// Rounds to three significant digits.
fn significant(figure: f64) -> String {
    match figure.abs() {
        size if size.is_nan() => "–".to_owned(),
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        size if size >= 0.1 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, Row, count, picked};

    #[test]
    fn a_summary_has_the_rows_it_names_and_counts_all() {
        let row = |what: &str, figure| Row::new(what, Goal::AtMost(1.0), figure, "×");
        let rows = [row("a", 0.5), row("a with b", 0.5), row("c", f64::NAN), row("d, as measured", 1.5)];
        assert_eq!(picked(&rows, &["d", "a", "none"]), [rows[3].clone(), rows[0].clone()]);
        assert_eq!(count(&rows), "2 of 4 goals are reached");
    }
}
