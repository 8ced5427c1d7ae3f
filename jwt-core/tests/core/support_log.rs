//! Captures the events that a test causes.

use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// An event: its level, and its fields as text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    level: Level,
    fields: Vec<(&'static str, String)>,
}

impl Line {
    pub(crate) fn level(&self) -> Level {
        self.level
    }

    pub(crate) fn position(&self) -> &str {
        self.field("position")
    }

    pub(crate) fn reason(&self) -> &str {
        self.field("reason")
    }

    pub(crate) fn code(&self) -> &str {
        self.field("code").trim_matches('"')
    }

    pub(crate) fn status(&self) -> &str {
        self.field("status")
    }

    pub(crate) fn claim(&self) -> &str {
        self.field("claim")
    }

    fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| *field == name).map_or("", |(_, value)| value)
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.push((field.name(), format!("{value:?}")));
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Line>>>);

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line { level: *event.metadata().level(), fields: Vec::new() };
        event.record(&mut line);
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Returns what the function returns, and the events on this thread meanwhile.
pub(crate) fn logged<T>(run: impl FnOnce() -> T) -> (T, Vec<Line>) {
    let lines = Lines::default();
    let result = tracing::subscriber::with_default(lines.clone(), run);
    let lines = lines.0.lock().unwrap().clone();
    (result, lines)
}
