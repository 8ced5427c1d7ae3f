//! Sends the example a load, and compares what it exports with what was sent.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails with a panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::UNIX_EPOCH;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use jwt_test::{FailingStore, Outage};
use serde_json::Value;
use tower::ServiceExt as _;

const DASHBOARD: &str = include_str!("../grafana.json");
const GUIDE: &str = include_str!("../../../jwt-core/src/guide/observability.md");

async fn get(app: &Router, path: &str, token: &str) -> (StatusCode, String) {
    let request = Request::get(path).header("Authorization", format!("Bearer {token}"));
    let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    (status, String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().into()).unwrap())
}

async fn post(app: &Router, path: &str, token: &str, body: &'static str) -> (StatusCode, Value) {
    let request = Request::post(path).header("Authorization", format!("Bearer {token}"));
    let request = request.header("Content-Type", "application/json").body(Body::from(body)).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// The values of the series that start with a name.
fn series(exported: &str, name: &str) -> BTreeMap<String, u64> {
    let lines = exported.lines().filter(|line| line.starts_with(&format!("{name}{{")));
    let values = lines.map(|line| line.rsplit_once(' ').unwrap());
    values.map(|(series, value)| (series.to_owned(), value.parse().unwrap())).collect()
}

fn expected(series: &[(&str, u64)]) -> BTreeMap<String, u64> {
    series.iter().map(|(series, value)| ((*series).to_owned(), *value)).collect()
}

#[tokio::test]
async fn the_exported_counts_are_those_of_the_load() {
    let recorder = crate::recorder().unwrap().build_recorder();
    let handle = recorder.handle();
    let _recorder = metrics::set_default_local_recorder(&recorder);
    let store = FailingStore::default();
    let jwt = crate::manager(store.clone()).unwrap();
    let app = crate::app(&jwt);

    let (status, tokens) = post(&app, "/login", "", r#"{"username":"test","password":"test"}"#).await;
    assert_eq!(status, 200);
    let (access, refresh) =
        (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    let expired = jwt.access_token("test").expires_at(UNIX_EPOCH).encode().unwrap();
    for (token, times, status) in
        [(access, 7, 200), (&*expired, 5, 401), (refresh, 3, 422), ("x.y.z", 2, 422)]
    {
        for _ in 0..times {
            assert_eq!(get(&app, "/protected", token).await.0, status);
        }
    }
    store.fail_next(4, Outage::Down);
    for _ in 0..4 {
        assert_eq!(get(&app, "/protected", access).await.0, 503);
    }
    assert_eq!(post(&app, "/refresh", refresh, "").await.0, 200);
    assert_eq!(post(&app, "/logout", access, "").await.0, 200);
    assert_eq!(get(&app, "/protected", access).await.0, 401);

    let (status, exported) = get(&crate::metrics_app(handle), "/metrics", "").await;
    assert_eq!(status, 200);
    assert_eq!(
        series(&exported, "jwt_requests_total"),
        expected(&[
            // With the exchange.
            (r#"jwt_requests_total{outcome="accepted",code="ok"}"#, 8),
            (r#"jwt_requests_total{outcome="expired",code="expired"}"#, 5),
            (r#"jwt_requests_total{outcome="failed",code="unavailable"}"#, 4),
            (r#"jwt_requests_total{outcome="rejected",code="invalid_encoding"}"#, 2),
            (r#"jwt_requests_total{outcome="rejected",code="invalid_kind"}"#, 3),
            (r#"jwt_requests_total{outcome="rejected",code="revoked"}"#, 1),
        ])
    );
    assert_eq!(
        series(&exported, "jwt_session_events_total"),
        expected(&[
            (r#"jwt_session_events_total{event="exchanged"}"#, 1),
            (r#"jwt_session_events_total{event="logged_in"}"#, 1),
            (r#"jwt_session_events_total{event="revoked_token_used"}"#, 1),
            (r#"jwt_session_events_total{event="session_ended"}"#, 1),
        ])
    );
    let lookups = series(&exported, "jwt_lookup_duration_seconds_count");
    assert_eq!(lookups[r#"jwt_lookup_duration_seconds_count{operation="state",outcome="error"}"#], 4);
    assert_eq!(lookups[r#"jwt_lookup_duration_seconds_count{operation="rotate",outcome="ok"}"#], 1);
    assert!(exported.contains("# TYPE jwt_lookup_duration_seconds histogram"));
    assert!(exported.contains("# HELP jwt_requests_total "));
}

/// The names of the metrics in a text, without the suffixes of histograms.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
    let names = words.filter(|word| word.starts_with("jwt_"));
    names
        .map(|name| {
            ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
        })
        .collect()
}

#[test]
fn the_dashboard_shows_every_metric_and_no_other() {
    let (_, section) = GUIDE.split_once("\n# Metrics\n").unwrap();
    let (table, _) = section.split_once("\n# ").unwrap();
    let rows: BTreeSet<_> =
        table.lines().filter_map(|line| line.strip_prefix("| `jwt_")?.split_once('`')).collect();
    let documented: BTreeSet<_> = rows.iter().map(|(name, _)| format!("jwt_{name}")).collect();

    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut shown = BTreeSet::new();
    for panel in panels {
        for target in panel["targets"].as_array().unwrap() {
            let query = target["expr"].as_str().unwrap();
            let names = names(query);
            assert!(!names.is_empty(), "{query}");
            for (name, row) in names.iter().map(|name| {
                let row = rows.iter().find(|(row, _)| name.strip_prefix("jwt_") == Some(row));
                (name, row.unwrap_or_else(|| panic!("the guide lacks {name}")).1)
            }) {
                // `by (…)` and `{…}` name its labels, and `{…}` also has values.
                let by = query.split_once("by (").map_or("", |(_, by)| by.split(')').next().unwrap());
                let matchers = query.split_once('{').map_or("", |(_, rest)| rest.split('}').next().unwrap());
                let matched = matchers.split_once('=').map_or("", |(label, _)| label);
                for label in by.split(", ").chain([matched]).filter(|label| !["", "le"].contains(label)) {
                    assert!(row.contains(&format!("`{label}`")), "{name} has no label {label}");
                }
                for value in matchers.split('"').nth(1).into_iter().flat_map(|values| values.split('|')) {
                    assert!(GUIDE.contains(&format!("`{value}`")), "{name} has no value {value}");
                }
            }
            shown.extend(names.into_iter().map(str::to_owned));
        }
    }
    assert_eq!(shown, documented);
}
