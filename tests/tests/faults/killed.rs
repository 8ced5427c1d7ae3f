//! A process that is killed right after it has acknowledged something.

use std::env;
use std::net::SocketAddr;
use std::process::Command;
use std::thread;

use jwt_redis::RedisSessions;
use jwt_sqlx::{PostgresSessions, SqliteSessions};
use jwt_tests::programs::Program;
use jwt_tests::{Ask, FRAMEWORKS, Folder};
use tokio::runtime::Runtime;

use crate::application::{Tokens, application};
use crate::servers::{Engine, EverySecond, InPostgres, InRedis};
use crate::table::{Counts, put_down};

/// Names the framework and the store of an application that is there to be killed.
const SERVED: &str = "JWT_TESTS_SERVED";
const LISTENING: &str = "listening on ";

/// No test: the process of an [`Application`], which is this program once more.
#[test]
fn serves_until_it_is_killed() {
    let Ok(served) = env::var(SERVED) else { return };
    let (framework, store) = served.split_once(' ').expect("a framework and a store");
    let framework = FRAMEWORKS.into_iter().find(|known| known.name == framework).expect("a framework");
    let runtime = Runtime::new().unwrap();
    let app = runtime.block_on(async {
        match store.split_once(':').expect("a store") {
            ("sqlite", file) => application(SqliteSessions::open(file).await.unwrap()),
            ("redis", _) => application(RedisSessions::connect(store).await.unwrap()),
            _ => application(PostgresSessions::connect(store).await.unwrap()),
        }
    });
    let server = framework.serve(app);
    // The line of this test's name ends first.
    println!("\n{LISTENING}{}", server.address());
    loop {
        thread::park();
    }
}

/// A process that serves the application on a framework, with its sessions in a store.
struct Application {
    program: Program,
    address: SocketAddr,
}

impl Application {
    fn start(framework: &str, store: &str) -> Self {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["--exact", "--nocapture", "killed::serves_until_it_is_killed"]);
        command.env(SERVED, format!("{framework} {store}"));
        let program = Program::run(command);
        let address = loop {
            let line = program.line().expect("an address");
            if let Some(address) = line.strip_prefix(LISTENING) {
                break address.parse().expect("an address");
            }
        };
        Self { program, address }
    }

    /// It has no time to close or to write anything. The next one finds what is in the store.
    fn kill(&mut self) {
        self.program.end();
    }
}

/// Where the application keeps its sessions.
trait Place {
    const STORE: &'static str;

    fn make() -> Self;
    /// As [`SERVED`] names it.
    fn name(&self) -> String;
    /// The server is killed together with the application.
    fn kill(&mut self) {}
}

impl Place for Folder {
    const STORE: &'static str = "SQLite";

    fn make() -> Self {
        Self::make()
    }

    fn name(&self) -> String {
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

    fn name(&self) -> String {
        self.0.url()
    }

    fn kill(&mut self) {
        self.0.kill();
        self.0.restart();
    }
}

/// Kills each framework's application so many times after what `acknowledged` has done, and hands on what that was to
/// `check` in the next process, which is the one that is killed next.
fn kill<P: Place, T>(
    fault: &'static str,
    times: [usize; 3],
    acknowledged: impl Fn(SocketAddr) -> (usize, T),
    check: impl Fn(SocketAddr, T) -> Counts,
) {
    for (framework, times) in FRAMEWORKS.into_iter().zip(times) {
        let mut place = P::make();
        let store = place.name();
        let mut counts = Counts::default();
        let mut application = Application::start(framework.name, &store);
        for _ in 0..times {
            let (sent, known) = acknowledged(application.address);
            application.kill();
            place.kill();
            application = Application::start(framework.name, &store);
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
        let (tokens, other) = (Tokens::log_in(address), Tokens::log_in(address));
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
    after_a_log_out::<Folder>("killed after a logout, 50 times", [17, 17, 16]);
}

const BOTH: &str = "killed with its database after a logout, 12 times";

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
    let acknowledged = |address| (1, Tokens::log_in(address));
    kill::<Folder, _>("killed after a login", [5, 5, 5], acknowledged, |address, tokens| Counts {
        sent: 2,
        lost_tokens: other_than(200, tokens.protected(), address)
            + other_than(200, tokens.exchange(), address),
        ..Counts::default()
    });
}

#[test]
fn after_an_exchange() {
    let acknowledged = |address| {
        let first = Tokens::log_in(address);
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
