//! The names of the metrics that this library records with the [`metrics`](https://docs.rs/metrics) crate, for the
//! configuration of an exporter.
//!
//! The [guide](crate::guide::observability) describes them. Names, labels, and values are stable: changing one is a
//! breaking change.

/// The number of requests that were accepted or rejected. Labels: `outcome` and `code`.
#[cfg(feature = "metrics")]
pub const REQUESTS: &str = "jwt_requests_total";

/// The duration of calls to stores, loaders, rules that wait, and sources of keys, in seconds. Labels: `operation` and
/// `outcome`.
#[cfg(feature = "metrics")]
pub const LOOKUP_DURATION: &str = "jwt_lookup_duration_seconds";

/// The number of session events. Label: `event`.
#[cfg(feature = "metrics")]
pub const SESSION_EVENTS: &str = "jwt_session_events_total";

/// Tells the exporter the units and the meanings of the metrics.
///
/// [`JwtManagerBuilder::build`](crate::JwtManagerBuilder::build) does the same, so call this only if the exporter is
/// installed later.
#[cfg(feature = "metrics")]
pub fn describe() {
    use metrics::{Unit, describe_counter, describe_histogram};
    describe_counter!(REQUESTS, Unit::Count, "Requests that were accepted or rejected.");
    describe_histogram!(
        LOOKUP_DURATION,
        Unit::Seconds,
        "The duration of calls to stores, loaders, rules that wait, and sources of keys."
    );
    describe_counter!(SESSION_EVENTS, Unit::Count, "Session events.");
}

#[cfg(not(feature = "metrics"))]
pub(crate) const fn describe() {}

/// Counts a request that was accepted with a token.
#[cfg(feature = "metrics")]
pub(crate) fn accepted() {
    metrics::counter!(REQUESTS, "outcome" => "accepted", "code" => "ok").increment(1);
}

/// Counts a request that was rejected.
#[cfg(feature = "metrics")]
pub(crate) fn rejected(code: &'static str, outcome: &'static str) {
    metrics::counter!(REQUESTS, "outcome" => outcome, "code" => code).increment(1);
}

#[cfg(not(feature = "metrics"))]
pub(crate) const fn rejected(_: &'static str, _: &'static str) {}

#[cfg(feature = "metrics")]
pub(crate) fn session_event(event: &'static str) {
    metrics::counter!(SESSION_EVENTS, "event" => event).increment(1);
}

#[cfg(not(feature = "metrics"))]
pub(crate) const fn session_event(_: &'static str) {}

/// Measures a call. A call that is dropped before it returns is measured as well.
pub(crate) struct Stopwatch {
    #[cfg(feature = "metrics")]
    operation: &'static str,
    #[cfg(feature = "metrics")]
    started: std::time::Instant,
    #[cfg(feature = "metrics")]
    outcome: &'static str,
}

#[cfg(feature = "metrics")]
impl Stopwatch {
    pub(crate) fn start(operation: &'static str) -> Self {
        Self { operation, started: std::time::Instant::now(), outcome: "canceled" }
    }

    pub(crate) fn stop(mut self, is_ok: bool) {
        self.outcome = if is_ok { "ok" } else { "error" };
    }
}

#[cfg(feature = "metrics")]
impl Drop for Stopwatch {
    fn drop(&mut self) {
        let Self { operation, outcome, .. } = *self;
        let duration = self.started.elapsed();
        metrics::histogram!(LOOKUP_DURATION, "operation" => operation, "outcome" => outcome).record(duration);
    }
}

#[cfg(not(feature = "metrics"))]
impl Stopwatch {
    pub(crate) const fn start(_: &'static str) -> Self {
        Self {}
    }

    pub(crate) const fn stop(self, _: bool) {}
}
