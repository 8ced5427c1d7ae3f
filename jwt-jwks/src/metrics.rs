//! The names of the metrics that this crate records with the [`metrics`](https://docs.rs/metrics) crate, for the
//! configuration of an exporter.
//!
//! The [guide](jwt_core::guide::observability) describes them. The label `issuer` is the [configured
//! name](crate::RemoteIssuer::name), so no token can create a new series. Names, labels, and values are stable: changing one
//! is a breaking change.

use std::time::Duration;

use crate::error::FetchError;

/// The number of attempts to fetch keys that have ended. Labels: `issuer` and `outcome`, which is `ok` or the
/// [name](crate::FetchErrorKind::as_str) of the error.
#[cfg(feature = "metrics")]
pub const KEY_FETCHES: &str = "jwt_key_fetches_total";

/// When the last successful fetch began, in seconds since the Unix epoch. Label: `issuer`. The age of the keys is
/// `time() - jwt_key_set_fetched_timestamp_seconds` in PromQL.
#[cfg(feature = "metrics")]
pub const KEY_SET_FETCHED: &str = "jwt_key_set_fetched_timestamp_seconds";

/// The number of public keys that the last successful fetch has found, counted as
/// [`Status::keys`](crate::Status::keys) does. Label: `issuer`.
#[cfg(feature = "metrics")]
pub const KEY_SET_KEYS: &str = "jwt_key_set_keys";

/// Tells the exporter the units and the meanings of the metrics.
///
/// [`RemoteIssuerBuilder::build`](crate::RemoteIssuerBuilder::build) does the same, so call this only if the exporter is
/// installed later.
#[cfg(feature = "metrics")]
pub fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge};
    describe_counter!(KEY_FETCHES, Unit::Count, "Attempts to fetch the keys of an issuer.");
    describe_gauge!(
        KEY_SET_FETCHED,
        Unit::Seconds,
        "When the last successful fetch of keys began, in Unix time."
    );
    describe_gauge!(KEY_SET_KEYS, Unit::Count, "Public keys of the last successful fetch.");
}

#[cfg(not(feature = "metrics"))]
pub(crate) const fn describe() {}

/// Records a successful attempt that began this long ago.
#[cfg(feature = "metrics")]
pub(crate) fn fetched(issuer: &str, keys: usize, age: Duration) {
    use std::time::{SystemTime, UNIX_EPOCH};
    metrics::counter!(KEY_FETCHES, "issuer" => issuer.to_owned(), "outcome" => "ok").increment(1);
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(age);
    metrics::gauge!(KEY_SET_FETCHED, "issuer" => issuer.to_owned()).set(began.as_secs_f64());
    let keys = u32::try_from(keys).unwrap_or(u32::MAX);
    metrics::gauge!(KEY_SET_KEYS, "issuer" => issuer.to_owned()).set(keys);
}

#[cfg(not(feature = "metrics"))]
pub(crate) const fn fetched(_: &str, _: usize, _: Duration) {}

/// Counts an attempt that failed.
#[cfg(feature = "metrics")]
pub(crate) fn failed(issuer: &str, error: &FetchError) {
    let outcome = error.kind().as_str();
    metrics::counter!(KEY_FETCHES, "issuer" => issuer.to_owned(), "outcome" => outcome).increment(1);
}

#[cfg(not(feature = "metrics"))]
pub(crate) const fn failed(_: &str, _: &FetchError) {}
