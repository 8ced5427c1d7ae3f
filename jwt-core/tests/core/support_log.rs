//! Captures the events that a test causes.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

/// An event or a new span: its level, its target, and its fields as text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    level: Level,
    target: &'static str,
    /// The name of a span. `None` for an event.
    span: Option<&'static str>,
    fields: Vec<(&'static str, String)>,
}

impl Line {
    pub(crate) fn level(&self) -> Level {
        self.level
    }

    pub(crate) fn target(&self) -> &'static str {
        self.target
    }

    /// The fields of an event without its message, such as `cause=x, code=y`.
    pub(crate) fn fields(&self) -> String {
        let fields = self.fields.iter().filter(|(name, _)| *name != "message");
        let fields: Vec<_> =
            fields.map(|(name, value)| format!("{name}={}", value.trim_matches('"'))).collect();
        fields.join(", ")
    }

    pub(crate) fn message(&self) -> &str {
        self.field("message")
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

impl Lines {
    fn add(&self, metadata: &Metadata<'static>, span: Option<&'static str>, record: impl FnOnce(&mut Line)) {
        let (level, target) = (*metadata.level(), metadata.target());
        let mut line = Line { level, target, span, fields: Vec::new() };
        record(&mut line);
        self.0.lock().unwrap().push(line);
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.add(span.metadata(), Some(span.metadata().name()), |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.add(event.metadata(), None, |line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Returns what the function returns, and the events on this thread meanwhile.
pub(crate) fn logged<T>(run: impl FnOnce() -> T) -> (T, Vec<Line>) {
    let (result, lines) = recorded(run);
    (result, lines.into_iter().filter(|line| line.span.is_none()).collect())
}

/// Returns what the function returns, and the names and fields of its spans.
pub(crate) fn spans<T>(run: impl FnOnce() -> T) -> (T, Vec<String>) {
    let (result, lines) = recorded(run);
    let shown = |line: Line| Some(format!("{} {} {}", line.target, line.span?, line.fields()));
    (result, lines.into_iter().filter_map(shown).collect())
}

/// Returns what the function returns, and all events and spans.
pub(crate) fn recorded<T>(run: impl FnOnce() -> T) -> (T, Vec<Line>) {
    keep_second_subscriber();
    let lines = Lines::default();
    let result = tracing::subscriber::with_default(lines.clone(), run);
    let lines = lines.0.lock().unwrap().clone();
    (result, lines)
}

/// Keeps a second subscriber alive. With a single one, `tracing` decides whether an event matters by the subscriber of the
/// thread that causes it first, which can be another test's.
fn keep_second_subscriber() {
    static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));
    LazyLock::force(&SECOND);
}
