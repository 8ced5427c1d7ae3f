//! Attacks on applications that use this library, and accidents in real browsers and deployments. Each is tried on the
//! current code, on every framework and store that it concerns.
//!
//! `cargo test -p jwt-tests --test attacks -- --nocapture` prints a line per attack. Pass a part of a name to run only
//! the attacks that contain it.

mod s05_sessions_of_one_user;
mod s06_within_the_grace;
mod s07_renewals;
mod s09_cookies_before_the_store;
mod s16_clock;
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
    s05_sessions_of_one_user::ATTACK,
    s06_within_the_grace::ATTACK,
    s07_renewals::ATTACK,
    s09_cookies_before_the_store::ATTACK,
    s16_clock::ATTACK,
];

fn main() -> ExitCode {
    // Options of the test harness, such as --nocapture, do not matter here.
    let names: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen =
        |attack: &&Attack| names.is_empty() || names.iter().any(|name| attack.name.contains(&**name));
    let (mut held, mut failed) = (0, 0);
    for attack in ATTACKS.iter().filter(is_chosen) {
        let outcome = catch_unwind(attack.run);
        *(if outcome.is_ok() { &mut held } else { &mut failed }) += 1;
        let word = if outcome.is_ok() { "held" } else { "NOT HELD" };
        println!("{:<4} {word}: {} ({})", attack.name, attack.tried, attack.on);
    }
    println!("\n{held} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
