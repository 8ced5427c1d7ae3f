//! A process that is killed right after it has acknowledged an operation.

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

/// Names the framework and the store of an application that runs in order to be killed.
const SERVED: &str = "JWT_TESTS_SERVED";
const LISTENING: &str = "listening on ";

/// Not a test: the process of an [`Application`], which is another instance of this program.
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
    // First end the line with the name of this test.
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

    /// Kills the process, which cannot close or write anything. The next process finds what is in the store.
    fn kill(&mut self) {
        self.program.end();
    }
}

/// The store of the application's sessions.
trait Place {
    const STORE: &'static str;

    fn make() -> Self;
    /// The name that [`SERVED`] uses.
    fn name(&self) -> String;
    /// Kills the server together with the application.
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

/// The server is killed with the application and then restarted.
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

/// Kills each framework's application the given number of times, each time after `acknowledged` has run. Passes its
/// result to `check` in the next process, which is then the next to be killed.
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

/// Sends a request, and returns 1 if the status of the response differs.
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
fn an_application_after_a_logout() {
    after_a_log_out::<Folder>("killed after a logout, 50 times", [17, 17, 16]);
}

const BOTH: &str = "killed with its database after a logout, 12 times";

#[test]
fn an_application_and_postgres_after_a_logout() {
    after_a_log_out::<Server<InPostgres>>(BOTH, [4, 4, 4]);
}

#[test]
fn an_application_and_redis_after_a_logout() {
    after_a_log_out::<Server<InRedis>>(BOTH, [4, 4, 4]);
}

/// While the disk is busy, Redis answers before it has written, so some data may be lost. The test records how much.
#[test]
fn an_application_and_redis_every_second_after_a_logout() {
    after_a_log_out::<Server<EverySecond>>(BOTH, [4, 4, 4]);
}

#[test]
fn after_a_login() {
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
            // If the last exchange was lost, the newest token is unknown.
            lost_tokens: other_than(200, third.protected(), address)
                + other_than(200, third.exchange(), address),
            // Using the oldest token is reuse. It was exchanged twice, so no grace period applies.
            wrongly_accepted: other_than(401, first.exchange(), address),
            ..Counts::default()
        }
    });
}
