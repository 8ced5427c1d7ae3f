//! The table of metrics in the guide, compared with all crates that have some.

use std::collections::BTreeSet;

use jwt_core::metrics::{LOOKUP_DURATION, REQUESTS, SESSION_EVENTS};
use jwt_jwks::metrics::{KEY_FETCHES, KEY_SET_FETCHED, KEY_SET_KEYS};
use jwt_redis::metrics::{COPY_FAILURES, COPY_UPDATED};

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
