//! The table of metrics in the guide, compared with all crates that have some.

use std::collections::BTreeSet;

use jwt_core::metrics::{LOOKUP_DURATION, REQUESTS, SESSION_EVENTS};
use jwt_jwks::metrics::{KEY_FETCHES, KEY_SET_FETCHED, KEY_SET_KEYS};
use jwt_redis::metrics::{COPY_FAILURES, COPY_UPDATED};

const ERRORS: &str = include_str!("../../../jwt-jwks/src/error.rs");
const GUIDE: &str = include_str!("../../../jwt-core/src/guide/observability.md");

#[test]
fn the_guide_has_the_metrics_of_all_crates_and_no_other() {
    let (_, section) = GUIDE.split_once("\n# Metrics\n").unwrap();
    let name = |line: &'static str| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name);
    let described: BTreeSet<_> =
        section.lines().filter_map(name).filter(|name| name.starts_with("jwt_")).collect();
    let core = [LOOKUP_DURATION, REQUESTS, SESSION_EVENTS];
    let others = [COPY_FAILURES, COPY_UPDATED, KEY_FETCHES, KEY_SET_FETCHED, KEY_SET_KEYS];
    assert_eq!(described, core.into_iter().chain(others).collect());
}

#[test]
fn the_guide_has_the_outcomes_of_all_fetches_and_no_other() {
    let (_, section) = GUIDE.split_once("\n# Fetches of keys\n").unwrap();
    let (section, _) = section.split_once("\n# ").unwrap();
    let name = |line: &'static str| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name);
    let described: Vec<_> = section.lines().filter_map(name).collect();

    // The enum is `#[non_exhaustive]`, so the names are those in the source of `as_str`.
    let (_, names) = ERRORS.split_once("fn as_str(self)").unwrap();
    let (names, _) = names.split_once("}\n    }").unwrap();
    let names = names.split('"').skip(1).step_by(2);
    // Requests that find too many others waiting get this error. No fetch does.
    let ends: BTreeSet<_> = names.filter(|name| *name != "busy").chain(["ok"]).collect();
    assert!(ends.contains("timed_out"), "{ends:?}");
    assert_eq!(described, ends.into_iter().collect::<Vec<_>>(), "in alphabetical order");
}
