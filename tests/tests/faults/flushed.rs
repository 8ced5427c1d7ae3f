//! A Redis server that loses all its data: it is flushed, or restarted without persistence.

use std::time::Instant;

use jwt_core::{Config, JwtManager};
use jwt_redis::{RedisSessions, Replicated};
use jwt_test_servers::Redis;
use jwt_tests::{App, Ask, Extractor, FRAMEWORKS, Route};
use tokio::runtime::Runtime;

use crate::application::{SECRET, Tokens, application};
use crate::outage::{PATIENCE, recover};
use crate::servers::{BOUND, TIME_LIMIT};
use crate::table::{Counts, put_down};

const CLIENTS: usize = 8;

/// The action that loses the data.
type Loss = fn(&mut Redis);

/// Tokens without a session, which are revoked one by one.
fn with_tokens_without_a_session(app: App, jwt: &JwtManager) -> App {
    let mut app = app;
    app.routes.push(Route::get("/plain").extracting(jwt, Extractor::Access));
    app
}

fn lose(fault: &'static str, loss: Loss, is_copied: bool) {
    for framework in FRAMEWORKS {
        let (mut redis, runtime) = (Redis::start(), Runtime::new().unwrap());
        let store = runtime.block_on(async {
            let store = RedisSessions::builder().time_limit(TIME_LIMIT);
            store.connect(&redis.url()).await.unwrap()
        });
        let of_tokens = JwtManager::builder(Config::default()).secret(SECRET);
        let (app, jwt, name) = if is_copied {
            let copy = Replicated::builder().bound(BOUND).copy(store);
            let copy = runtime.block_on(copy).unwrap();
            (application(copy.clone()), of_tokens.revocation_store(copy).build().unwrap(), "Replicated")
        } else {
            (application(store.clone()), of_tokens.revocation_store(store).build().unwrap(), "Redis")
        };
        let server = framework.serve(with_tokens_without_a_session(app, &jwt));
        let address = server.address();
        let mut counts = Counts::default();
        let plain = |token: &str| Ask::get("/plain").bearer(token);
        let issue = || jwt.access_token("alice").encode().unwrap();

        let live: Vec<_> = (0..CLIENTS).map(|_| Tokens::log_in(address)).collect();
        let ended: Vec<_> = (0..CLIENTS).map(|_| Tokens::log_in(address)).collect();
        for tokens in &ended {
            assert_eq!(tokens.log_out().send(address).status, 200);
        }
        let (kept, revoked) = (issue(), issue());
        runtime.block_on(jwt.revoke(&revoked)).unwrap();
        assert_eq!(plain(&kept).send(address).status, 200);
        assert_eq!(plain(&revoked).send(address).status, 401);

        loss(&mut redis);
        let lost = Instant::now();
        // Ended sessions and revoked tokens are rejected before and after the loss is noticed.
        let refuse = |counts: &mut Counts| {
            for ask in ended.iter().map(Tokens::protected).chain([plain(&revoked)]) {
                counts.sent += 1;
                match ask.send(address).status.as_u16() {
                    401 => {}
                    503 => counts.unavailable += 1,
                    _ => counts.wrongly_accepted += 1,
                }
            }
        };
        // Nothing shows whether the other tokens are still valid, so all of them are rejected sooner or later.
        for ask in live.iter().map(Tokens::protected).chain([plain(&kept)]) {
            loop {
                refuse(&mut counts);
                counts.sent += 1;
                let status = ask.clone().send(address).status.as_u16();
                if status == 401 {
                    break;
                }
                counts.unavailable += usize::from(status == 503);
                counts.wrongly_accepted += usize::from(status == 200 && !is_copied);
                assert!(lost.elapsed() < PATIENCE, "{status}: an unknown token is never rejected");
            }
        }
        for tokens in live.iter().chain(&ended) {
            counts.sent += 1;
            counts.wrongly_accepted += usize::from(tokens.exchange().send(address).status != 401);
        }
        // New tokens work as before, after the second in which the old ones were lost.
        recover(&mut counts, || Ask::new("POST", "/login").send(address));
        let new = Tokens::log_in(address);
        while new.protected().send(address).status != 200 || plain(&issue()).send(address).status != 200 {
            refuse(&mut counts);
            assert!(lost.elapsed() < PATIENCE, "new tokens are never accepted");
        }
        counts.recovery = lost.elapsed();
        put_down(fault, name, framework.name, counts);
    }
}

fn flush(redis: &mut Redis) {
    redis.command("FLUSHALL");
}

#[test]
fn redis_is_flushed() {
    lose("FLUSHALL", flush, false);
}

#[test]
fn the_source_of_a_copy_is_flushed() {
    lose("FLUSHALL", flush, true);
}

#[test]
fn redis_is_restarted_empty() {
    lose("killed and restarted without its data", Redis::restart, false);
}

#[test]
fn the_source_of_a_copy_is_restarted_empty() {
    lose("killed and restarted without its data", Redis::restart, true);
}
