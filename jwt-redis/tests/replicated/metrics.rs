//! What an exporter gets.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_redis::metrics::{COPY_FAILURES, COPY_UPDATED};
use jwt_redis::{RedisSessions, Replicated};
use jwt_session::{EndRequest, Selector, Sessions as _};
use jwt_test_servers::Redis;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use crate::SELDOM;
use crate::shared::{ALICE, ask, start};

/// Returns the series, such as `name{label=value}`, with their values, and starts counters again.
fn series(snapshotter: &Snapshotter) -> BTreeMap<String, f64> {
    // With its own feature, the core has metrics as well.
    let all = snapshotter.snapshot().into_vec().into_iter();
    let own = all.filter(|(key, ..)| key.key().name().starts_with("jwt_copy_"));
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

#[tokio::test]
async fn updates_have_a_time_and_failures_a_count() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let server = Redis::start();
    let builder = RedisSessions::builder().key_prefix("auth").time_limit(Duration::from_secs(5));
    let source = builder.connect(&server.url()).await.unwrap();
    let begun = unix_time();
    let builder = Replicated::builder().bound(Duration::from_secs(3600)).interval(SELDOM);
    let store = builder.copy(source).await.unwrap();
    let (updated, failures) =
        (format!("{COPY_UPDATED}{{prefix=auth}}"), format!("{COPY_FAILURES}{{prefix=auth}}"));

    let first = series(&snapshotter);
    assert_eq!(first.keys().collect::<Vec<_>>(), [&updated]);
    assert!((begun..=unix_time()).contains(&first[&updated]), "{first:?}");

    let now = SystemTime::now();
    start(&store, ALICE, "session", now).await;
    let end = async || store.end(EndRequest::new(Selector::AllOf(ALICE), now)).await;
    end().await.unwrap();
    let second = series(&snapshotter);
    assert!((first[&updated]..=unix_time()).contains(&second[&updated]) && second != first, "{second:?}");

    // The source works, but the copy cannot read its log.
    ask::<()>(&server.url(), "ACL SETUSER default -xrange");
    start(&store, ALICE, "other", now).await;
    end().await.unwrap_err();
    let failed = series(&snapshotter);
    assert_eq!(failed[&failures], 1.0, "{failed:?}");
}
