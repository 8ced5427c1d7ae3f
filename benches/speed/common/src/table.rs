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

/// Returns a list of sentences in Markdown. Each comes with the name of its row, and has `{}` where the figure belongs.
///
/// A name may leave out what follows a comma in a row. A sentence whose row was not measured is left out.
pub fn sentences(rows: &[Row], summary: &[(&str, &str)]) -> String {
    let has = |row: &&Row, name: &str| {
        row.what.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(", "))
    };
    let measured = |name: &str| rows.iter().find(|row| has(row, name) && !row.figure.is_nan());
    let known = summary.iter().filter_map(|(name, sentence)| Some((measured(name)?, sentence)));
    known.map(|(row, sentence)| format!("- {}\n", sentence.replace("{}", &significant(row.figure)))).collect()
}

/// Returns how many goals are met.
pub fn count(rows: &[Row]) -> String {
    let (reached, all) = (rows.iter().filter(|row| row.is_reached()).count(), rows.len());
    format!("{reached} of {all} goals are met")
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
    use super::{Goal, Row, count, sentences};

    #[test]
    fn a_summary_has_the_rows_it_names_and_counts_all() {
        let row = |what: &str, figure| Row::new(what, Goal::AtMost(1.0), figure, "×");
        let rows = [row("a", 0.5), row("a with b", 0.5), row("c", f64::NAN), row("d, as measured", 1.5)];
        let summary = [("d", "D takes {} s."), ("a", "A takes {} s."), ("c", "C: {}"), ("none", "None: {}")];
        assert_eq!(sentences(&rows, &summary), "- D takes 1.50 s.\n- A takes 0.50 s.\n");
        assert_eq!(count(&rows), "2 of 4 goals are met");
    }
}
