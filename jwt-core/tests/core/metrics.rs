//! The metrics, compared with the table in the guide.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use http::Request;
use jwt_core::adapter::{Begin, BufferedBody, Memos, begin};
use jwt_core::keys::KeySet;
use jwt_core::mcp::ToolScopes;
use jwt_core::session::{AuditEventKind, MemorySessions};
use jwt_core::token::CODES;
use jwt_core::{BoxError, Config, Issuer, JwtManager, KeySource, Policy, Token};
use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::support::{
    NOW, at, authenticate, bearer, block_on, builder, manager, payload, request, sign, token,
};
use crate::support_sessions::house;

const PAGE: &str = include_str!("../../src/guide/observability.md");

/// The series of metrics, such as `name{label=value}`, with their values. Histograms have the number of values.
type Series = BTreeMap<String, u64>;

/// Returns what the function returns, and what it has recorded.
fn recorded<T>(run: impl FnOnce() -> T) -> (T, Series) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let result = metrics::with_local_recorder(&recorder, || {
        jwt_core::metrics::describe();
        run()
    });
    let series = snapshotter.snapshot().into_vec().into_iter().map(|(key, unit, description, value)| {
        let (kind, key) = key.into_parts();
        assert_row(kind, key.name(), key.labels().map(metrics::Label::key));
        assert!(unit.is_some() && description.is_some(), "{key}");
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(count) => count,
            DebugValue::Gauge(_) => panic!("{key} is a gauge"),
            DebugValue::Histogram(values) => values.len() as u64,
        };
        (format!("{}{{{}}}", key.name(), labels.join(",")), value)
    });
    (result, series.collect())
}

/// The cells of the tables in a section.
fn rows(section: &str) -> Vec<Vec<&'static str>> {
    let (_, page) = PAGE.split_once(&format!("\n# {section}\n")).unwrap();
    let page = page.split("\n# ").next().unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    rows.map(|row| row.split(" | ").map(|cell| cell.trim_matches('`')).collect()).collect()
}

fn names(section: &str) -> BTreeSet<&'static str> {
    rows(section).into_iter().map(|row| row[0]).collect()
}

/// Compares a metric to its row in the guide.
fn assert_row<'a>(kind: MetricKind, name: &str, labels: impl Iterator<Item = &'a str>) {
    let rows = rows("Metrics");
    let row = rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("the guide lacks {name}"));
    assert_eq!(format!("{kind:?}").to_lowercase(), row[1], "{name}");
    let documented: Vec<_> = row[3].split(", ").map(|label| label.trim_matches('`')).collect();
    assert_eq!(labels.collect::<Vec<_>>(), documented, "{name}");
}

fn respond(jwt: &JwtManager, request: &Request<()>, policy: &Policy) -> bool {
    let outcome = authenticate(jwt, request, policy);
    if let Err(error) = &outcome {
        let _ = jwt.respond(error, request, policy);
    }
    outcome.is_ok()
}

#[test]
fn an_explanation_is_not_counted() {
    let cases = crate::explain::rejected();
    let ((), series) = recorded(|| {
        for (jwt, text, policy, ..) in &cases {
            let _ = block_on(jwt.explain(text, policy));
        }
    });
    assert_eq!(series, Series::new());
}

#[test]
fn requests_are_counted_by_outcome_and_code() {
    let jwt = manager(Config::default());
    let (good, expired) = (token(&[]), token(&[("exp", "1")]));
    let policy = Policy::access();
    let ((), series) = recorded(|| {
        for _ in 0..3 {
            assert!(respond(&jwt, &bearer(&good), &policy));
        }
        for _ in 0..2 {
            assert!(!respond(&jwt, &bearer(&expired), &policy));
        }
        assert!(!respond(&jwt, &request("GET", &[]), &policy));
        assert!(!respond(&jwt, &bearer("x"), &policy));
        assert!(respond(&jwt, &request("GET", &[]), &Policy::access().optional()));
    });
    assert_eq!(
        series,
        Series::from([
            ("jwt_requests_total{outcome=accepted,code=ok}".to_owned(), 3),
            ("jwt_requests_total{outcome=expired,code=expired}".to_owned(), 2),
            ("jwt_requests_total{outcome=rejected,code=invalid_segments}".to_owned(), 1),
            ("jwt_requests_total{outcome=rejected,code=missing}".to_owned(), 1),
        ])
    );
}

#[test]
fn a_request_is_counted_once_however_often_it_is_checked() {
    let jwt = manager(Config::default());
    let ((), series) = recorded(|| {
        let request = bearer(&token(&[]));
        let guard = authenticate(&jwt, &request, &Policy::access()).unwrap();
        let mut request = request;
        let mut memos = Memos::default();
        memos.accept(&jwt, &guard);
        request.extensions_mut().insert(memos);
        for _ in 0..3 {
            authenticate(&jwt, &request, &Policy::access()).unwrap();
        }
        // A token that did not arrive in a request is not one.
        block_on(jwt.verify(&token(&[]), &Policy::access())).unwrap();
    });
    assert_eq!(series, Series::from([("jwt_requests_total{outcome=accepted,code=ok}".to_owned(), 1)]));
}

#[test]
fn calls_and_session_events_are_counted() {
    let house = house(Config::default());
    let ((), series) = recorded(|| {
        let pair = house.log_in("alice");
        let policy = Policy::access();
        assert!(respond(&house.jwt, &bearer(pair.access()), &policy));
        house.store.fail(true);
        assert!(!respond(&house.jwt, &bearer(pair.access()), &policy));
        house.store.fail(false);
        house.clock.set(at(NOW + 5));
        house.rotate(pair.refresh()).unwrap();
    });
    let expected = [
        ("jwt_lookup_duration_seconds{operation=rotate,outcome=ok}", 1),
        ("jwt_lookup_duration_seconds{operation=start,outcome=ok}", 1),
        ("jwt_lookup_duration_seconds{operation=state,outcome=error}", 1),
        ("jwt_lookup_duration_seconds{operation=state,outcome=ok}", 1),
        ("jwt_requests_total{outcome=accepted,code=ok}", 1),
        ("jwt_requests_total{outcome=failed,code=unavailable}", 1),
        ("jwt_session_events_total{event=exchanged}", 1),
        ("jwt_session_events_total{event=logged_in}", 1),
    ];
    assert_eq!(series, expected.map(|(series, count)| (series.to_owned(), count)).into());
}

/// Has a store, loaders, and an issuer whose keys are not available.
fn with_everything() -> JwtManager {
    struct Down;
    impl KeySource for Down {
        fn known(&self) -> Option<Arc<KeySet>> {
            None
        }

        async fn fetch(&self) -> Result<Arc<KeySet>, BoxError> {
            Err("down".into())
        }
    }
    builder(Config::default())
        .session_store(MemorySessions::new())
        .trusted_issuer(Issuer::with_source("https://down.example", Down))
        .user_lookup_loader(|token: Token| async move {
            if token.identity().ends_with('7') { Err("failed") } else { Ok(Some(())) }
        })
        .build()
        .unwrap()
}

#[test]
fn ten_thousand_hostile_requests_create_no_new_series() {
    let jwt = with_everything();
    let hostile = |number: u32| {
        let alg = if number.is_multiple_of(5) { format!("x{number}") } else { "HS256".to_owned() };
        let header = format!(r#"{{"alg":"{alg}","kid":"{number}"}}"#);
        let issuer =
            if number.is_multiple_of(7) { "https://down.example".to_owned() } else { number.to_string() };
        let kind = if number.is_multiple_of(3) { number.to_string() } else { "access".to_owned() };
        let claims = [
            ("iss", if number.is_multiple_of(2) { String::new() } else { format!("{issuer:?}") }),
            ("sub", format!("\"{number}\"")),
            ("sid", if number.is_multiple_of(11) { format!("\"{number}\"") } else { String::new() }),
            ("jti", format!("\"{number}\"")),
            ("type", format!("{kind:?}")),
        ];
        let claims = claims.each_ref().map(|(name, json)| (*name, &**json));
        let path = format!("https://{number}.example/{number}?jwt={number}");
        let builder = Request::builder().uri(path).header(format!("x-{number}"), "1");
        let text = sign(header, payload(&claims));
        builder.header("Authorization", format!("Bearer {text}")).body(()).unwrap()
    };
    let (accepted, series) = recorded(|| {
        let requests =
            (0..10_000).filter(|number| respond(&jwt, &hostile(*number), &Policy::access().any_issuer()));
        requests.count()
    });
    assert!(accepted > 1_000, "{accepted}");
    let expected = [
        "jwt_lookup_duration_seconds{operation=fetch_keys,outcome=error}",
        "jwt_lookup_duration_seconds{operation=state,outcome=ok}",
        "jwt_lookup_duration_seconds{operation=user_loader,outcome=error}",
        "jwt_lookup_duration_seconds{operation=user_loader,outcome=ok}",
        "jwt_requests_total{outcome=accepted,code=ok}",
        "jwt_requests_total{outcome=failed,code=unavailable}",
        "jwt_requests_total{outcome=rejected,code=invalid_alg}",
        "jwt_requests_total{outcome=rejected,code=invalid_issuer}",
        "jwt_requests_total{outcome=rejected,code=invalid_kind}",
        "jwt_requests_total{outcome=rejected,code=revoked}",
        "jwt_session_events_total{event=key_set_stale}",
        "jwt_session_events_total{event=revoked_token_used}",
    ];
    assert_eq!(series.keys().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// A guard that reads the body checks the token before and after.
#[test]
fn a_request_whose_body_is_read_is_counted_once() {
    let jwt = manager(Config::default());
    let rule = ToolScopes::new(&[("search", &["search:read"])]);
    let policy = Policy::access().with_rule(rule);
    let token = jwt.access_token("alice").scopes(["search:read"]).encode().unwrap();
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}"#;
    let ((), series) = recorded(|| {
        let mut request = Request::post("/mcp").header("Authorization", format!("Bearer {token}"));
        request = request.header("content-type", "application/json");
        let mut request = request.body(()).unwrap();
        let Begin::ReadBody { first, .. } = begin(&jwt, &request, &policy) else { panic!("no body") };
        block_on(first.finish()).unwrap();
        request.extensions_mut().insert(BufferedBody(call.into()));
        authenticate(&jwt, &request, &policy).unwrap();
    });
    assert_eq!(series, Series::from([("jwt_requests_total{outcome=accepted,code=ok}".to_owned(), 1)]));
}

#[test]
fn a_rejection_behind_a_guard_is_counted_as_well() {
    let jwt = manager(Config::default());
    let ((), series) = recorded(|| {
        let mut request = bearer(&token(&[]));
        let guard = authenticate(&jwt, &request, &Policy::access()).unwrap();
        let mut memos = Memos::default();
        memos.accept(&jwt, &guard);
        request.extensions_mut().insert(memos);
        assert!(!respond(&jwt, &request, &Policy::access().scopes(&["articles:write"])));
    });
    assert_eq!(
        series,
        Series::from([
            ("jwt_requests_total{outcome=accepted,code=ok}".to_owned(), 1),
            ("jwt_requests_total{outcome=rejected,code=insufficient_scope}".to_owned(), 1),
        ])
    );
}

#[test]
fn the_guide_has_all_values() {
    assert_eq!(names("Audit events").len(), AuditEventKind::ALL.len());
    let outcomes = ["accepted", "expired", "failed", "rejected"];
    let described: Vec<_> =
        rows("Metrics").into_iter().filter(|row| row.len() == 2).map(|row| row[0]).collect();
    assert_eq!(described, outcomes);
    assert_eq!(names("Codes").len(), CODES.len());
    // Every operation is in the source, and the source has no other.
    let source = include_str!("../../src/manager/call.rs");
    let (_, source) = source.split_once("fn as_str(self)").unwrap();
    let (source, _) = source.split_once("\n    }\n").unwrap();
    let arms = source.lines().filter(|line| line.contains("=>"));
    let operations: BTreeSet<_> = arms.filter_map(|arm| arm.split('"').nth(1)).collect();
    assert_eq!(operations, names("Operations"));
}

#[test]
fn a_manager_without_a_recorder_works() {
    let jwt = manager(Config::default());
    assert!(respond(&jwt, &bearer(&token(&[])), &Policy::access()));
}
