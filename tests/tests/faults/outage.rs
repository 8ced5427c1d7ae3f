//! A store that fails under load and then recovers.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use jwt_core::session::Sessions;
use jwt_tests::{Answer, Ask, FRAMEWORKS};

use crate::application::{Tokens, application, at_once};
use crate::table::{Counts, put_down};

/// The number of sessions. Each of them sends every kind of request at once.
const CLIENTS: usize = 32;
/// The limit for a recovery.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What happens to read-only requests while the store fails.
#[derive(Clone, Copy)]
pub(crate) enum Reads {
    /// They are rejected with 503.
    Fail,
    /// The store still knows who is logged in.
    GoOn,
    /// A copy keeps answering for a while, and then reports that it is out of date.
    GoOnForAWhile,
}

/// A store, and a way to make it fail.
pub(crate) trait Outage {
    /// The minimum duration of the failure.
    const LASTS: Duration = Duration::ZERO;

    fn reads(&self) -> Reads {
        Reads::Fail
    }

    fn store(&self) -> impl Sessions;
    fn begin(&mut self);
    fn end(&mut self);
}

/// On each framework, checks that nothing is accepted or rejected during the outage, and that everything works as
/// before afterwards.
pub(crate) fn play<O: Outage>(fault: &'static str, store: &'static str, new: impl Fn() -> O) {
    for framework in FRAMEWORKS {
        let mut outage = new();
        let server = framework.serve(application(outage.store()));
        let address = server.address();
        let mut counts = Counts::default();

        let clients: Vec<_> = (0..CLIENTS).map(|_| Tokens::log_in(address)).collect();
        let logged_out = Tokens::log_in(address);
        assert_eq!(logged_out.log_out().send(address).status, 200);

        outage.begin();
        let begun = Instant::now();
        loop {
            ask_all(address, &clients, &logged_out, outage.reads(), &mut counts);
            if begun.elapsed() >= O::LASTS {
                break;
            }
        }
        outage.end();
        for ask in [Ask::new("POST", "/login"), clients[0].protected()] {
            recover(&mut counts, || ask.clone().send(address));
        }

        let mut ask = |ask: Ask| {
            counts.sent += 1;
            ask.send(address).status.as_u16()
        };
        let (mut lost_tokens, mut lost_log_outs) = (0, 0);
        for ask_again in [logged_out.protected(), logged_out.exchange()] {
            lost_log_outs += usize::from(ask(ask_again) != 401);
        }
        for tokens in &clients {
            // Operations that got a 503 have neither logged out nor exchanged anything.
            lost_tokens += usize::from(ask(tokens.protected()) != 200);
            lost_tokens += usize::from(ask(tokens.exchange()) != 200);
            assert_eq!(ask(tokens.log_out()), 200, "logouts work again");
            lost_log_outs += usize::from(ask(tokens.protected()) != 401);
        }
        counts.add(Counts { lost_tokens, lost_log_outs, ..Counts::default() });
        put_down(fault, store, framework.name, counts);
    }
}

/// Sends all requests at once.
fn ask_all(address: SocketAddr, clients: &[Tokens], logged_out: &Tokens, reads: Reads, counts: &mut Counts) {
    let mut asks: Vec<_> = clients.iter().flat_map(Tokens::writes).collect();
    asks.push(logged_out.exchange());
    let looks = clients.iter().flat_map(Tokens::reads).map(|ask| (ask, 200));
    let looks: Vec<_> = looks.chain([(logged_out.protected(), 401)]).collect();
    let (looks, expected): (Vec<_>, Vec<_>) = looks.into_iter().unzip();
    let (unavailable, seen) = thread::scope(|scope| {
        let waiting = scope.spawn(|| at_once(address, asks));
        let seen = at_once(address, looks);
        (waiting.join().expect("answers"), seen)
    });
    for answer in unavailable {
        count(&answer, counts);
    }
    for (answer, expected) in seen.iter().zip(expected) {
        let is_right = answer.status == expected;
        match reads {
            Reads::GoOn => assert!(is_right, "{} {}", answer.status, answer.text()),
            Reads::GoOnForAWhile if is_right => {}
            Reads::Fail | Reads::GoOnForAWhile => {
                count(answer, counts);
                continue;
            }
        }
        counts.sent += 1;
    }
}

/// Sends requests until one no longer gets a 503, and records how long that took.
pub(crate) fn recover(counts: &mut Counts, ask: impl Fn() -> Answer) {
    let end = Instant::now();
    loop {
        let answer = ask();
        if answer.status != 503 {
            assert_eq!(answer.status, 200, "{}", answer.text());
            break;
        }
        count(&answer, counts);
        assert!(end.elapsed() < PATIENCE, "the store does not come back");
    }
    counts.sent += 1;
    counts.recovery = counts.recovery.max(end.elapsed());
}

/// Checks that, during the outage, every response is a 503 and clients keep their cookies.
pub(crate) fn count(answer: &Answer, counts: &mut Counts) {
    counts.sent += 1;
    match answer.status.as_u16() {
        503 => counts.unavailable += 1,
        200 => counts.wrongly_accepted += 1,
        status => panic!("{status} {}", answer.text()),
    }
    assert_eq!(answer.header("set-cookie"), None, "nothing is set, and nothing cleared");
    assert!(answer.header("retry-after").is_some());
}
