//! A process that is killed right after it has acknowledged something.

use std::net::SocketAddr;

use jwt_tests::programs::Program;
use jwt_tests::{Ask, FRAMEWORKS, Folder};

use crate::application::{SECRET, Tokens};
use crate::servers::{Engine, EverySecond, InPostgres, InRedis};
use crate::table::{Counts, put_down};

/// In the order of [`FRAMEWORKS`].
const PACKAGES: [&str; 3] = ["quickstart", "quickstart-actix", "quickstart-warp"];

/// A quickstart with its sessions in a file.
struct Application {
    program: Program,
    address: SocketAddr,
}

impl Application {
    fn start(package: &str, store: &str) -> Self {
        let program = Program::start(package, &["--port", "0", "--store", store], Some(SECRET));
        let first = program.line().expect("a first line");
        let address = first.strip_prefix("listening on http://").expect("an address");
        let address = address.parse().expect("an address");
        Self { program, address }
    }

    /// It has no time to close or to write anything. The next one finds what is in the file.
    fn kill(&mut self) {
        self.program.end();
    }
}

fn log_in(address: SocketAddr) -> Tokens {
    let body = r#"{"username":"test","password":"test"}"#;
    let ask = Ask::new("POST", "/login").header("content-type", "application/json").body(body);
    Tokens::read(&ask.send(address)).expect("a log-in")
}

/// Where the quickstart keeps its sessions.
trait Place {
    const STORE: &'static str;

    fn make() -> Self;
    /// As the option `--store` names it.
    fn option(&self) -> String;
    /// The server is killed together with the application.
    fn kill(&mut self) {}
}

impl Place for Folder {
    const STORE: &'static str = "SQLite";

    fn make() -> Self {
        Self::make()
    }

    fn option(&self) -> String {
        format!("sqlite:{}", self.file("sessions.db").display())
    }
}

/// Killed with the application, and started again.
struct Server<E>(E);

impl<E: Engine> Place for Server<E> {
    const STORE: &'static str = E::STORE;

    fn make() -> Self {
        Self(E::start())
    }

    fn option(&self) -> String {
        self.0.url()
    }

    fn kill(&mut self) {
        self.0.kill();
        self.0.restart();
    }
}

/// Kills each framework's quickstart so many times after what `acknowledged` has done, and hands on what that was to
/// `check` in the next process, which is the one that is killed next.
fn kill<P: Place, T>(
    fault: &'static str,
    times: [usize; 3],
    acknowledged: impl Fn(SocketAddr) -> (usize, T),
    check: impl Fn(SocketAddr, T) -> Counts,
) {
    for ((framework, package), times) in FRAMEWORKS.into_iter().zip(PACKAGES).zip(times) {
        let mut place = P::make();
        let store = place.option();
        let mut counts = Counts::default();
        let mut application = Application::start(package, &store);
        for _ in 0..times {
            let (sent, known) = acknowledged(application.address);
            application.kill();
            place.kill();
            application = Application::start(package, &store);
            counts.sent += sent;
            counts.add(check(application.address, known));
        }
        application.kill();
        put_down(fault, P::STORE, framework.name, counts);
    }
}

/// Asks, and counts one if the answer is of another status.
fn other_than(status: u16, ask: Ask, address: SocketAddr) -> usize {
    usize::from(ask.send(address).status != status)
}

fn after_a_log_out<P: Place>(fault: &'static str, times: [usize; 3]) {
    let acknowledged = |address| {
        let (tokens, other) = (log_in(address), log_in(address));
        assert_eq!(tokens.log_out().send(address).status, 200);
        (3, (tokens, other))
    };
    kill::<P, _>(fault, times, acknowledged, |address, (tokens, other)| Counts {
        sent: 3,
        lost_log_outs: other_than(401, tokens.protected(), address)
            + other_than(401, tokens.exchange(), address),
        lost_tokens: other_than(200, other.protected(), address),
        ..Counts::default()
    });
}

#[test]
fn an_application_after_a_log_out() {
    after_a_log_out::<Folder>("killed after a log-out, 50 times", [17, 17, 16]);
}

const BOTH: &str = "killed with its database after a log-out, 12 times";

#[test]
fn an_application_and_postgres_after_a_log_out() {
    after_a_log_out::<Server<InPostgres>>(BOTH, [4, 4, 4]);
}

#[test]
fn an_application_and_redis_after_a_log_out() {
    after_a_log_out::<Server<InRedis>>(BOTH, [4, 4, 4]);
}

/// Redis answers before it has written while the disk is busy, so that some may be lost: how much is noted.
#[test]
fn an_application_and_redis_every_second_after_a_log_out() {
    after_a_log_out::<Server<EverySecond>>(BOTH, [4, 4, 4]);
}

#[test]
fn after_a_log_in() {
    let acknowledged = |address| (1, log_in(address));
    kill::<Folder, _>("killed after a log-in", [5, 5, 5], acknowledged, |address, tokens| Counts {
        sent: 2,
        lost_tokens: other_than(200, tokens.protected(), address)
            + other_than(200, tokens.exchange(), address),
        ..Counts::default()
    });
}

#[test]
fn after_an_exchange() {
    let acknowledged = |address| {
        let first = log_in(address);
        let exchange = |tokens: &Tokens| Tokens::read(&tokens.exchange().send(address)).expect("an exchange");
        let second = exchange(&first);
        let third = exchange(&second);
        (3, (first, third))
    };
    kill::<Folder, _>("killed after an exchange", [5, 5, 5], acknowledged, |address, (first, third)| {
        Counts {
            sent: 3,
            // Were the last exchange lost, the newest token would be unknown.
            lost_tokens: other_than(200, third.protected(), address)
                + other_than(200, third.exchange(), address),
            // Whoever has the oldest has stolen it: two exchanges ago, no grace covers it.
            wrongly_accepted: other_than(401, first.exchange(), address),
            ..Counts::default()
        }
    });
}
