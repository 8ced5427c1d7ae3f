//! Markdown tables.

use std::io::{self, Write as _};

use crate::measure::{Level, Load, MANY, Measured, Weight};

pub(crate) fn print(all: &[Measured]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Microseconds, with one call in flight:\n")?;
    writeln!(out, "| store | live sessions | check | exchange | logout everywhere |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: |")?;
    for Measured { name, levels, .. } in all {
        for Level { sessions, check, rotation, end } in levels {
            let [check, rotation, end] = [check, rotation, end].map(|micros| figure(*micros));
            writeln!(out, "| {name} | {sessions} | {check} | {rotation} | {end} |")?;
        }
        if let [few, .., many] = &levels[..] {
            let ratio = |of: fn(&Level) -> f64| of(many) / of(few);
            let [check, rotation, end] =
                [ratio(|level| level.check), ratio(|level| level.rotation), ratio(|level| level.end)];
            writeln!(out, "| | ratio | {check:.2} | {rotation:.2} | {end:.2} |")?;
        }
    }
    writeln!(out, "\nWith the largest number of sessions, and with one and {MANY} calls in flight:\n")?;
    writeln!(
        out,
        "| store | check, µs | checks/s | at {MANY}, µs | at {MANY}, checks/s | exchanges/s | at {MANY}, exchanges/s |"
    )?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for Measured { name, checks: [one, many], rotations, .. } in all {
        let [first, second] = rotations.map(|Load { per_second, .. }| per_second);
        let figures = [one.latency, one.per_second, many.latency, many.per_second, first, second].map(figure);
        writeln!(out, "| {name} | {} |", figures.join(" | "))?;
    }
    writeln!(out, "\nBytes:\n")?;
    writeln!(out, "| store | per session | per revocation |\n| --- | ---: | ---: |")?;
    for Measured { name, weight, .. } in all {
        if let Some(Weight { session, revocation }) = weight {
            writeln!(out, "| {name} | {session:.0} | {revocation:.0} |")?;
        }
    }
    out.flush()
}

/// Rounds to three significant digits.
fn figure(value: f64) -> String {
    let digits = match value {
        ..1.0 => 3,
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}
