//! A server that is killed and restarted under load.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use jwt_tests::{Answer, Ask, FRAMEWORKS};

use crate::application::{Tokens, application};
use crate::outage::recover;
use crate::servers::{Copied, Engine, InPostgres, InRedis, Opened};
use crate::table::{Counts, put_down};

const CLIENTS: usize = 8;
/// How often the server is killed.
const KILLS: usize = 3;
/// How many requests are answered before each kill and after the last one.
const BETWEEN: usize = 200;

/// A client that logs in, uses its tokens, exchanges them, and logs out, in a loop.
struct Client<'a> {
    address: SocketAddr,
    /// The number of responses other than 503.
    answered: &'a AtomicUsize,
    counts: Counts,
}

impl Client<'_> {
    /// `None` if the result is unknown: the operation may or may not have happened.
    fn ask(&mut self, ask: Ask) -> Option<Answer> {
        let answer = ask.send(self.address);
        self.counts.sent += 1;
        if answer.status == 503 {
            self.counts.unavailable += 1;
            return None;
        }
        self.answered.fetch_add(1, Ordering::Relaxed);
        Some(answer)
    }

    /// One session, from login to logout.
    fn visit(&mut self) {
        let Some(answer) = self.ask(Ask::new("POST", "/login")) else { return };
        let mut tokens = Tokens::read(&answer).expect("a login");
        for _ in 0..3 {
            if let Some(answer) = self.ask(tokens.protected()) {
                self.counts.lost_tokens += usize::from(answer.status != 200);
            }
            // If the reply was lost, the exchange is repeated within the grace period.
            if let Some(answer) = self.ask(tokens.exchange()) {
                match Tokens::read(&answer) {
                    Some(renewed) => tokens = renewed,
                    None => self.counts.lost_tokens += 1,
                }
            }
        }
        let Some(answer) = self.ask(tokens.log_out()) else { return };
        assert_eq!(answer.status, 200, "{}", answer.text());
        for ask in [tokens.protected(), tokens.exchange(), tokens.protected()] {
            if let Some(answer) = self.ask(ask) {
                self.counts.lost_log_outs += usize::from(answer.status != 401);
            }
        }
    }
}

/// Stops the clients, even if the test fails. Otherwise the test would wait for them forever.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn kill<E: Engine>() {
    for framework in FRAMEWORKS {
        let mut opened = Opened::<E>::new();
        let server = framework.serve(application(opened.store.clone()));
        let (address, answered, is_over) = (server.address(), AtomicUsize::new(0), AtomicBool::new(false));
        let visits = || {
            let mut client = Client { address, answered: &answered, counts: Counts::default() };
            while !is_over.load(Ordering::Relaxed) {
                client.visit();
            }
            client.counts
        };
        let counts = thread::scope(|scope| {
            let over = Over(&is_over);
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(visits)).collect();
            let mut counts = Counts::default();
            for _ in 0..KILLS {
                let enough = answered.load(Ordering::Relaxed) + BETWEEN;
                while answered.load(Ordering::Relaxed) < enough {
                    thread::yield_now();
                }
                opened.engine.kill();
                opened.engine.restart();
                recover(&mut counts, || Ask::new("POST", "/login").send(address));
            }
            drop(over);
            for client in clients {
                counts.add(client.join().expect("a client"));
            }
            counts
        });
        put_down("killed and restarted under load, 3 times", E::STORE, framework.name, counts);
    }
}

#[test]
fn postgres_is_killed() {
    kill::<InPostgres>();
}

#[test]
fn redis_is_killed() {
    kill::<InRedis>();
}

#[test]
fn the_source_of_a_copy_is_killed() {
    kill::<Copied>();
}
