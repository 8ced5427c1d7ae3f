//! A token that our own key has signed, with a foreign `iss` and without a session: "end everything" missed it.

use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use jwt_core::{Config, ErrorKind, JwtManager, Location, Policy};
use jwt_tests::Ask;
use serde_json::json;

use crate::Attack;
use crate::site::Setup;
use crate::stores::on_every_store;
use crate::support::signed;

pub(crate) const ATTACK: Attack = Attack {
    name: "S16",
    tried: "end_issued_before(None) and (\"alice\"): sessionless tokens of the own key with 4 issuers",
    on: "axum, actix-web, warp; memory, SQLite, PostgreSQL, Redis, Replicated",
    run,
};

const ISSUERS: [Option<&str>; 4] = [None, Some(""), Some("foreign"), Some("https://b\u{fc}cher.example/\"")];

fn token(issued_at: SystemTime, subject: &str, issuer: Option<&str>) -> String {
    let seconds = issued_at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let id = format!("{subject} {issuer:?}");
    let mut claims =
        json!({"sub": subject, "jti": id, "type": "access", "iat": seconds, "exp": seconds + 3600});
    if let Some(issuer) = issuer {
        claims["iss"] = json!(issuer);
    }
    signed(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string())
}

fn on_every_framework() {
    Setup::new().with_tokens_in(Location::Header, |site| {
        let tokens = ISSUERS.map(|issuer| token(site.clock.now(), "alice", issuer));
        let status = |token: &str| site.ask(Ask::get("/guarded").bearer(token)).status.as_u16();
        assert_eq!(tokens.each_ref().map(|token| status(token)), [200; 4]);
        site.clock.advance(Duration::from_secs(5));
        site.jwt.end_issued_before(None, site.clock.now()).now_or_never().unwrap().unwrap();
        assert_eq!(tokens.each_ref().map(|token| status(token)), [401; 4]);
        assert_eq!(status(&token(site.clock.now() + Duration::from_secs(1), "alice", ISSUERS[2])), 200);
    });
}

async fn on(name: &str, jwt: &JwtManager, now: SystemTime) {
    let is_alive = async |token: &str| {
        crate::count_try();
        match jwt.verify(token, &Policy::access()).await {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::RevokedToken, "{name}: {error}");
                false
            }
        }
    };
    let earlier = now - Duration::from_secs(10);
    let of = |subject| ISSUERS.map(|issuer| token(earlier, subject, issuer));
    let (alice, bob) = (of("alice"), of("bob"));
    // Subjects can also be named by a token. A session of the token's subject is one of this list.
    let pair = jwt.log_in("alice").await.unwrap();
    for text in &alice {
        assert!(is_alive(text).await);
        let token = jwt.decode(text).unwrap();
        assert_eq!(jwt.list_sessions(&token).await.unwrap().len(), 1, "{name}");
    }
    jwt.end_issued_before(Some("alice"), now - Duration::from_secs(5)).await.unwrap();
    for (alice, bob) in alice.iter().zip(&bob) {
        assert!(!is_alive(alice).await && is_alive(bob).await, "{name}: one subject");
    }
    jwt.end_issued_before(None, now - Duration::from_secs(5)).await.unwrap();
    for token in &bob {
        assert!(!is_alive(token).await, "{name}: everyone");
    }
    assert!(is_alive(pair.access()).await, "it is newer");
}

fn run() {
    on_every_framework();
    on_every_store(|store, runtime| {
        let (jwt, clock, _) = store.manager(Config::default());
        runtime.block_on(on(store.name, &jwt, clock.now()));
    });
}
