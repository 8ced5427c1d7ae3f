//! What an exporter gets.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_jwks::RemoteIssuer;
use jwt_jwks::metrics::{KEY_FETCHES, KEY_SET_FETCHED, KEY_SET_KEYS};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use crate::mock::{Mock, Mode, manager, now, response};

/// Returns the series, such as `name{label=value}`, with their values, and starts counters again.
fn series(snapshotter: &Snapshotter) -> BTreeMap<String, f64> {
    // With its own feature, the core has metrics as well.
    let all = snapshotter.snapshot().into_vec().into_iter();
    let own = all.filter(|(key, ..)| key.key().name().starts_with("jwt_key_"));
    let series = own.map(|(key, unit, description, value)| {
        let key = key.key();
        assert!(unit.is_some() && description.is_some(), "{key}");
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(_) => unreachable!("{key} is a histogram"),
        };
        (format!("{}{{{}}}", key.name(), labels.join(",")), value)
    });
    series.collect()
}

fn unix_time() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn fetches_are_counted_by_their_outcome() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let issuer = mock.issuer.url();
    let fetches = |outcome: &str| format!("{KEY_FETCHES}{{issuer={issuer},outcome={outcome}}}");
    assert_eq!(series(&snapshotter), BTreeMap::new());

    mock.mode(Mode::Down);
    login.refresh().await.unwrap_err();
    mock.mode(Mode::Hangs);
    login.refresh().await.unwrap_err();
    mock.mode(Mode::Panics);
    login.refresh().await.unwrap_err();
    let failed = ["stopped", "timed_out", "unreachable"].map(|outcome| (fetches(outcome), 1.0));
    assert_eq!(series(&snapshotter), BTreeMap::from(failed));

    // The keys are those of the time when the fetch began, as in the status.
    mock.mode(Mode::Held);
    let begun = unix_time();
    let (refreshed, ()) = tokio::join!(login.refresh(), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        mock.open();
    });
    refreshed.unwrap();
    let found = series(&snapshotter);
    let fetched = found[&format!("{KEY_SET_FETCHED}{{issuer={issuer}}}")];
    assert!((begun - 2.1..=unix_time() - 1.9).contains(&fetched), "{found:?}");
    assert_eq!(found[&format!("{KEY_SET_KEYS}{{issuer={issuer}}}")], login.status().keys() as f64);
    assert_eq!((login.status().keys(), found[&fetches("ok")]), (1, 1.0));

    mock.issuer.announce();
    login.refresh().await.unwrap();
    assert_eq!(series(&snapshotter)[&format!("{KEY_SET_KEYS}{{issuer={issuer}}}")], 2.0);
}

#[tokio::test(start_paused = true)]
async fn a_label_is_what_the_configuration_says() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let mock = Mock::new();
    let template = "https://login.example/{tenant}/v2.0";
    let tenants = RemoteIssuer::tenants(template, mock.issuer.jwks_url(), |_| true);
    let login = tenants.fetch(mock.clone()).clock(now).build().unwrap();
    let jwt = manager(&[&login]);
    for number in 0..500 {
        let issuer = format!("https://login.example/{number}/v2.0");
        let token = mock.issuer.token().claim("iss", issuer).signed_by_unknown_key().sign();
        assert!(!response(&jwt, &token).await.status().is_success());
        tokio::time::advance(Duration::from_secs(10)).await;
    }
    let found = series(&snapshotter);
    assert!(!found.is_empty() && found.len() <= 4, "{found:?}");
    assert!(found.keys().all(|series| series.contains(&format!("issuer={template}"))), "{found:?}");
}
