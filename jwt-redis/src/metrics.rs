//! The names of the metrics that the [in-memory copy](crate::Replicated) records with the
//! [`metrics`](https://docs.rs/metrics) crate, for the configuration of an exporter.
//!
//! The [guide](https://docs.rs/jwt-core/latest/jwt_core/guide/observability/index.html) describes them. The label `prefix`
//! is the [prefix of the keys](crate::RedisSessionsBuilder::key_prefix). Two copies of the same prefix in one process share
//! their series. Names and labels are stable: changing one is a breaking change.

use std::time::Duration;

/// When the copy was last known to be complete, in seconds since the Unix epoch. Label: `prefix`. Its staleness is
/// `time() - jwt_copy_updated_timestamp_seconds` in PromQL. In a cluster, it is that of the part that is furthest behind.
#[cfg(feature = "metrics")]
pub const COPY_UPDATED: &str = "jwt_copy_updated_timestamp_seconds";

/// The number of updates of the copy that failed. Label: `prefix`. In a cluster, each part has updates of its own.
#[cfg(feature = "metrics")]
pub const COPY_FAILURES: &str = "jwt_copy_failures_total";

/// Tells the exporter the units and the meanings of the metrics.
///
/// [`ReplicatedBuilder::copy`](crate::ReplicatedBuilder::copy) does the same, so call this only if the exporter is
/// installed later.
#[cfg(feature = "metrics")]
pub fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge};
    describe_gauge!(
        COPY_UPDATED,
        Unit::Seconds,
        "When the copy was last known to be complete, in Unix time."
    );
    describe_counter!(COPY_FAILURES, Unit::Count, "Updates of the copy that failed.");
}

#[cfg(not(feature = "metrics"))]
pub(crate) const fn describe() {}

/// Records an update of the copy, and how far it is behind.
#[cfg(feature = "metrics")]
pub(crate) fn updated(prefix: &str, staleness: impl FnOnce() -> Duration) {
    use std::time::{SystemTime, UNIX_EPOCH};
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let updated = now.saturating_sub(staleness());
    metrics::gauge!(COPY_UPDATED, "prefix" => prefix.to_owned()).set(updated.as_secs_f64());
}

#[cfg(not(feature = "metrics"))]
pub(crate) fn updated(_: &str, _: impl FnOnce() -> Duration) {}

/// Counts an update that failed.
#[cfg(feature = "metrics")]
pub(crate) fn failed(prefix: &str) {
    metrics::counter!(COPY_FAILURES, "prefix" => prefix.to_owned()).increment(1);
}

#[cfg(not(feature = "metrics"))]
pub(crate) const fn failed(_: &str) {}
