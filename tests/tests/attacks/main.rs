//! Attacks on applications that use this library, and accidents in real browsers and deployments. Each is tried on the
//! current code, on every framework and store that it concerns.
//!
//! `cargo test -p jwt-tests --test attacks -- --nocapture` prints a line per attack, with the
//! number of requests, calls at stores, and configurations. Pass a part of a name to run only
//! the attacks that contain it.

mod b01_tabs_that_refresh;
mod b02_logout_while_refreshing;
mod b03_back_button;
mod b04_websocket_of_a_sibling;
mod b05_prefixes;
mod confirmation;
mod cors;
mod direct;
mod foreign;
mod r01_former_scopes;
mod r02_kind_claim;
mod r05_identity_claims;
mod r16_logout;
mod r18_unset_with_the_answer;
mod r19_two_schemes;
mod s01_options;
mod s02_whose_token;
mod s03_required_claims;
mod s04_unicode_names;
mod s05_sessions_of_one_user;
mod s06_within_the_grace;
mod s07_renewals;
mod s08_placeholders;
mod s09_cookies_before_the_store;
mod s10_promoted_replica;
mod s11_upgrades;
mod s12_two_managers;
mod s13_tenants_keys;
mod s14_method_override;
mod s15_labels;
mod s16_clock;
mod s16_cutoff;
mod s16_http_authority;
mod s16_http_bodies;
mod s16_http_debug;
mod s16_secrets;
mod stores;

// The site and its helpers have more methods than the attacks use.
#[path = "../behaviour/site.rs"]
#[allow(dead_code)]
mod site;
#[path = "../behaviour/support.rs"]
#[allow(dead_code)]
mod support;

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An attack, and how to try it.
struct Attack {
    /// A short name, such as `S1`.
    name: &'static str,
    /// The input, in one sentence.
    tried: &'static str,
    /// The frameworks and stores on which it is tried.
    on: &'static str,
    /// Tries it. Panics if it works.
    run: fn(),
}

const ATTACKS: &[Attack] = &[
    s01_options::ATTACK,
    s02_whose_token::ATTACK,
    s03_required_claims::ATTACK,
    s04_unicode_names::ATTACK,
    s05_sessions_of_one_user::ATTACK,
    s06_within_the_grace::ATTACK,
    s07_renewals::ATTACK,
    s08_placeholders::ATTACK,
    s09_cookies_before_the_store::ATTACK,
    s10_promoted_replica::ATTACK,
    s11_upgrades::ATTACK,
    s12_two_managers::ATTACK,
    s13_tenants_keys::ATTACK,
    s14_method_override::ATTACK,
    s15_labels::ATTACK,
    s16_clock::ATTACK,
    s16_cutoff::ATTACK,
    s16_http_authority::ATTACK,
    s16_http_bodies::SECOND,
    s16_http_bodies::UNREAD,
    s16_http_debug::ATTACK,
    s16_secrets::ATTACK,
    s16_secrets::R13,
    r01_former_scopes::ATTACK,
    r02_kind_claim::ATTACK,
    r05_identity_claims::ATTACK,
    r16_logout::ATTACK,
    r18_unset_with_the_answer::ATTACK,
    r19_two_schemes::ATTACK,
    b01_tabs_that_refresh::ATTACK,
    b02_logout_while_refreshing::ATTACK,
    b03_back_button::ATTACK,
    b04_websocket_of_a_sibling::ATTACK,
    b05_prefixes::ATTACK,
    b05_prefixes::R9,
    confirmation::ATTACK,
    cors::ATTACK,
];

static TRIES: AtomicUsize = AtomicUsize::new(0);

/// Counts a request that does not use a socket, a call at a store, or a configuration.
fn count_try() {
    TRIES.fetch_add(1, Ordering::Relaxed);
}

/// The number of requests and other tries up to now.
fn tries() -> usize {
    jwt_tests::requests_sent() + TRIES.load(Ordering::Relaxed)
}

fn main() -> ExitCode {
    // Options of the test harness, such as --nocapture, do not matter here.
    let names: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen =
        |attack: &&Attack| names.is_empty() || names.iter().any(|name| attack.name.contains(&**name));
    let (mut held, mut failed) = (0, 0);
    for attack in ATTACKS.iter().filter(is_chosen) {
        let before = tries();
        let outcome = catch_unwind(attack.run);
        *(if outcome.is_ok() { &mut held } else { &mut failed }) += 1;
        let word = if outcome.is_ok() { "held" } else { "NOT HELD" };
        let count = tries() - before;
        println!("{:<4} {word}: {} ({}; tries: {count})", attack.name, attack.tried, attack.on);
    }
    println!("\n{held} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
