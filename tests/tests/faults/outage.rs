//! A store that fails under load, and comes back.

use std::thread;

use jwt_core::session::Sessions;
use jwt_tests::{Answer, Ask, FRAMEWORKS};

use crate::application::{Tokens, application, at_once};
use crate::table::{Counts, put_down};

/// So many sessions are asked for at once, each with all that a client may ask.
const CLIENTS: usize = 32;

/// A store, and what makes it fail.
pub(crate) trait Outage {
    /// It still knows who is logged in.
    const READS_GO_ON: bool = false;

    fn store(&self) -> impl Sessions;
    fn begin(&mut self);
    fn end(&mut self);
}

/// On each framework: nothing is accepted, nothing is refused, and afterwards everything is as it was before.
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
        let mut asks: Vec<_> = clients.iter().flat_map(Tokens::writes).collect();
        asks.push(logged_out.exchange());
        let mut looks: Vec<_> = clients.iter().flat_map(Tokens::reads).map(|ask| (ask, 200)).collect();
        looks.push((logged_out.protected(), 401));
        if !O::READS_GO_ON {
            asks.extend(looks.drain(..).map(|(ask, _)| ask));
        }
        let (looks, expected): (Vec<_>, Vec<_>) = looks.into_iter().unzip();
        let (unavailable, seen) = thread::scope(|scope| {
            let waiting = scope.spawn(|| at_once(address, asks));
            let seen = at_once(address, looks);
            (waiting.join().expect("answers"), seen)
        });
        for answer in unavailable {
            count(&answer, &mut counts);
        }
        for (answer, expected) in seen.iter().zip(expected) {
            counts.sent += 1;
            assert_eq!(answer.status, expected);
        }
        outage.end();

        let mut ask = |ask: Ask| {
            counts.sent += 1;
            ask.send(address).status.as_u16()
        };
        let (mut lost_tokens, mut lost_log_outs) = (0, 0);
        for ask_again in [logged_out.protected(), logged_out.exchange()] {
            lost_log_outs += usize::from(ask(ask_again) != 401);
        }
        for tokens in &clients {
            // Neither logged out nor exchanged by what was answered with 503.
            lost_tokens += usize::from(ask(tokens.protected()) != 200);
            lost_tokens += usize::from(ask(tokens.exchange()) != 200);
            assert_eq!(ask(tokens.log_out()), 200, "log-outs are taken again");
            lost_log_outs += usize::from(ask(tokens.protected()) != 401);
        }
        counts.add(Counts { lost_tokens, lost_log_outs, ..Counts::default() });
        put_down(fault, store, framework.name, counts);
    }
}

/// While it fails, every answer says that nothing is known, and clients keep what they have.
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
