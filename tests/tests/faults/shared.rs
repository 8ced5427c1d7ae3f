//! One application on three frameworks, each like a separate process, with a shared store.

use std::time::Instant;

use jwt_tests::{Ask, FRAMEWORKS, Server};
use tokio::runtime::Runtime;

use crate::application::{Tokens, application};
use crate::servers::{BOUND, Copied, Engine, InPostgres, InRedis};
use crate::table::{Counts, put_down};

const ROUNDS: usize = 20;

/// Sends requests until the response is a 401, and returns how many got a 200 before. The 401 has to arrive within the
/// bound, which is zero for a store without a copy.
fn refused(server: &Server, tokens: &Tokens, counts: &mut Counts, has_copy: bool) {
    let acknowledged = Instant::now();
    loop {
        // Requests that are sent after the bound must not be accepted, however long the response takes.
        let may_pass = has_copy && acknowledged.elapsed() < BOUND;
        counts.sent += 1;
        match server.ask(tokens.protected()).status.as_u16() {
            401 => break,
            503 => counts.unavailable += 1,
            200 if may_pass => {}
            200 => counts.lost_log_outs += 1,
            status => panic!("{status}"),
        }
        if !may_pass {
            break;
        }
    }
    counts.recovery = counts.recovery.max(acknowledged.elapsed());
}

fn share<E: Engine>(has_copy: bool) {
    let (engine, runtime) = (E::start(), Runtime::new().unwrap());
    let servers = FRAMEWORKS.map(|framework| framework.serve(application(runtime.block_on(engine.open()))));
    for (at, framework) in FRAMEWORKS.into_iter().enumerate() {
        let mut counts = Counts::default();
        for round in 0..ROUNDS {
            let here = &servers[at];
            let tokens = Tokens::log_in(here.address());
            let everywhere = round % 2 == 1;
            // A session that one server started is valid on all servers.
            for server in &servers {
                counts.sent += 1;
                counts.lost_tokens += usize::from(server.ask(tokens.protected()).status != 200);
            }
            let there = servers[(at + 1) % servers.len()].address();
            let renewed = Tokens::read(&tokens.exchange().send(there)).expect("an exchange elsewhere");
            let log_out = if everywhere { renewed.log_out_everywhere() } else { renewed.log_out() };
            assert_eq!(here.ask(log_out).status, 200);
            counts.sent += 3;
            // The same server notices the logout at once; the others notice it within the bound.
            for server in &servers {
                let is_here = server.address() == here.address();
                for tokens in [&tokens, &renewed] {
                    refused(server, tokens, &mut counts, has_copy && !is_here);
                }
                counts.sent += 1;
                let exchanged: Ask = renewed.exchange();
                counts.lost_log_outs += usize::from(server.ask(exchanged).status != 401);
            }
        }
        put_down("logout on one node, checked on all three", E::STORE, framework.name, counts);
    }
}

#[test]
fn postgres_is_shared() {
    share::<InPostgres>(false);
}

#[test]
fn redis_is_shared() {
    share::<InRedis>(false);
}

#[test]
fn copies_of_one_redis() {
    share::<Copied>(true);
}
