//! Nothing from a request or a token reaches a log, a metric, or the output of `Debug`, wherever a client puts it.

use std::fmt::Debug;
use std::sync::Arc;

use http::Request;
use jwt_core::adapter::{BufferedBody, peek};
use jwt_core::keys::KeySet;
use jwt_core::session::MemorySessions;
use jwt_core::{
    BoxError, Config, Issuer, JwtManager, KeySource, Location, Policy, RequestInfo, Token, Verdict,
};
use metrics_util::debugging::DebuggingRecorder;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::properties::cases;
use crate::support::{
    Keys, Log, NOW, SECRET, at, keep_second_subscriber, payload, segment, sign_with_secret,
};

/// What a client sends wherever it can.
const CANARY: &str = "canary7d20f1";
/// What loaders and sources say if they fail. `Debug` of an error shows it, because the application has written it.
const QUOTED: &str = "quoted7d20f1";

/// Returns what logs and metrics have while the function runs, at any level, and what the function returns.
fn seen(run: impl FnOnce() -> String) -> [String; 2] {
    keep_second_subscriber();
    let (log, recorder) = (Log::default(), DebuggingRecorder::new());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(log.clone())
        .finish();
    let shown =
        tracing::subscriber::with_default(subscriber, || metrics::with_local_recorder(&recorder, run));
    let log = log.text();
    [format!("{log}{:?}", recorder.snapshotter().snapshot().into_vec()), shown]
}

/// A source of keys that is down, with an error that quotes what it received.
struct Down;

impl KeySource for Down {
    fn known(&self) -> Option<Arc<KeySet>> {
        None
    }

    async fn fetch(&self) -> Result<Arc<KeySet>, BoxError> {
        Err(QUOTED.into())
    }
}

/// Accepts tokens everywhere. Its loaders fail if a token has certain claims.
fn manager() -> JwtManager {
    let locations = [
        Location::Header,
        Location::Cookie,
        Location::QueryString,
        Location::Json,
        Location::WebSocketProtocol,
    ];
    let config = Config::default()
        .token_location(locations)
        .csrf_check_form(true)
        .buffered_body(1 << 16)
        .rotation_grace(std::time::Duration::ZERO);
    let fails = |token: &Token| token.claim("fails").is_some();
    JwtManager::builder(config)
        .secret(SECRET)
        .clock(|| at(NOW))
        .session_store(MemorySessions::new())
        .trusted_issuer(Issuer::with_source("https://down.example", Down))
        .token_in_blocklist_loader(
            move |token| async move { if fails(&token) { Err(QUOTED) } else { Ok(false) } },
        )
        .token_verification_rule(|token: &Token, _: &RequestInfo| {
            let failed = token.claim("rule").map(|_| QUOTED);
            Verdict::later(async move { failed.map_or(Ok(true), Err) })
        })
        .user_lookup_loader(|token: Token| async move {
            if token.claim("user").is_some() { Err(QUOTED) } else { Ok(Some(CANARY)) }
        })
        .build()
        .unwrap()
}

/// Values of header parameters and claims. The canary is in each of them, and some have the type that they should have.
const VALUES: [&str; 8] = [
    "\"canary7d20f1\"",
    "[\"canary7d20f1\"]",
    "{\"canary7d20f1\":\"canary7d20f1\"}",
    "\"canary7d20f1\\n\\u001b[31m\\u202e\"",
    "\"https://canary7d20f1.example\"",
    "\"https://down.example\"",
    "12345",
    "null",
];
const PARAMETERS: [&str; 9] = ["alg", "kid", "typ", "cty", "crit", "jku", "x5c", "b64", "canary7d20f1"];
const CLAIMS: [&str; 20] = [
    "sub",
    "jti",
    "sid",
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "type",
    "fresh",
    "scope",
    "roles",
    "csrf",
    "cnf",
    "acr",
    "auth_time",
    "canary7d20f1",
    "fails",
    "rule",
    "user",
];

/// The text of a token.
fn text() -> impl Strategy<Value = String> {
    let header = vec((select(&PARAMETERS[..]), select(&VALUES[..])), 0..2);
    let claims = vec((select(&CLAIMS[..]), select(&VALUES[..])), 0..4);
    (header, claims, any::<Index>(), 0..8_u8).prop_map(|(header, claims, place, form)| {
        let mut members = vec![("alg", "\"HS256\""), ("typ", "\"JWT\"")];
        for (name, value) in header {
            members.retain(|(there, _)| *there != name);
            members.push((name, value));
        }
        let members: Vec<_> = members.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
        let header = format!("{{{}}}", members.join(","));
        let claims = payload(&[&[("iss", ""), ("aud", ""), ("sub", VALUES[0])], &*claims].concat());
        match form {
            0 => CANARY.to_owned(),
            1 => format!("{CANARY}.{CANARY}.{CANARY}"),
            2 => sign_with_secret(b"another secret, which is long enough", &header, &claims),
            3 => {
                let mut text = Keys::of("HS256").sign(&header, &claims);
                text.insert_str(place.index(text.len()), CANARY);
                text
            }
            _ => Keys::of("HS256").sign(&header, &claims),
        }
    })
}

/// Where a client can put a token, or the canary.
fn request_with(places: &[(u8, String)]) -> Request<()> {
    let mut builder = Request::builder().method("POST");
    let (mut query, mut body) = (String::new(), None);
    for (place, text) in places {
        builder = match place {
            0 => builder.header("authorization", format!("Bearer {text}")),
            1 => builder.header("authorization", format!("{CANARY} {text}")),
            2 => builder.header("cookie", format!("access_token_cookie={text}; {CANARY}={CANARY}")),
            3 => builder.header("cookie", format!("refresh_token_cookie={text}")),
            4 => builder.header("x-csrf-token", CANARY).header("origin", format!("https://{CANARY}.example")),
            5 => builder.header("sec-websocket-protocol", format!("bearer, {text}, {CANARY}")),
            6 => {
                query.push_str(&format!("jwt={text}&{CANARY}={CANARY}&"));
                builder
            }
            7 => {
                body = Some(("application/json", format!("{{\"access_token\":\"{text}\",\"{CANARY}\":1}}")));
                builder
            }
            8 => {
                body = Some(("application/x-www-form-urlencoded", format!("csrf_token={CANARY}")));
                builder
            }
            _ => builder.header("authorization", format!("Bearer {text} {CANARY}")),
        };
    }
    let mut request = builder.uri(format!("/{CANARY}?{query}")).body(()).unwrap();
    if let Some((content_type, body)) = body {
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        request.extensions_mut().insert(BufferedBody(body.into()));
    }
    request
}

fn policies() -> Vec<Policy> {
    vec![
        Policy::access(),
        Policy::access().any_issuer().optional(),
        Policy::access().fresh(),
        Policy::access().scopes(&["articles:write"]),
        Policy::access().acr_values(&["mfa"]),
        Policy::refresh(),
        Policy::any(),
    ]
}

fn shown(all: &mut String, value: &dyn Debug) {
    all.push_str(&format!("{value:?}\n{value:#?}\n"));
}

/// Does everything that a token can be used for, and returns what it shows.
fn use_it(jwt: &JwtManager, request: &Request<()>, text: &str) -> String {
    let mut all = String::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for policy in policies() {
            shown(&mut all, &peek(jwt, request));
            let outcome = match jwt.check(request, &policy) {
                Ok(checked) => {
                    shown(&mut all, &checked);
                    jwt.complete(checked).await
                }
                Err(error) => Err(error),
            };
            shown(&mut all, &outcome);
            match outcome {
                Ok(authenticated) => {
                    shown(&mut all, &authenticated.memo());
                    shown(&mut all, &authenticated.token());
                }
                Err(error) => {
                    all.push_str(&error.to_string());
                    // The response is for the client, which knows what it sent.
                    drop(jwt.respond(&error, request, &policy));
                }
            }
            let verified = jwt.verify(text, &policy).await;
            if let Err(error) = &verified {
                all.push_str(&error.to_string());
            }
            shown(&mut all, &verified);
            let explanation = jwt.explain(text, &policy).await;
            shown(&mut all, &explanation);
            explanation.stages().for_each(|stage| shown(&mut all, stage));
        }
        let decoded = jwt.decode_allow_expired(text);
        shown(&mut all, &decoded);
        shown(&mut all, &jwt.insecure_unverified(text));
        shown(&mut all, &jwt.revoke(text).await);
        if let Ok(token) = decoded {
            shown(&mut all, &jwt.rotate(&token).await);
            shown(&mut all, &jwt.still_good(&token).await);
            shown(&mut all, &jwt.log_out(&token).await);
            shown(&mut all, &jwt.list_sessions(&token).await);
        }
        let pair = jwt.log_in(CANARY).label(CANARY).claim(CANARY, CANARY).await;
        shown(&mut all, &pair);
        let pair = pair.unwrap();
        let refresh = jwt.decode(pair.refresh()).unwrap();
        shown(&mut all, &jwt.rotate(&refresh).await);
        // The second use ends the session.
        shown(&mut all, &jwt.rotate(&refresh).await);
        shown(&mut all, &jwt.list_sessions(CANARY).await);
    });
    all
}

proptest! {
    #![proptest_config(cases(1_024))]

    #[test]
    fn nothing_that_a_client_sends_is_shown(
        text in text(),
        places in vec(0..10_u8, 1..4),
        decoy in text(),
    ) {
        let jwt = manager();
        // The first place has the token, so that it is often the only one.
        let texts = std::iter::once(text.clone()).chain(std::iter::repeat(decoy));
        let places: Vec<_> = places.into_iter().zip(texts).collect();
        let request = request_with(&places);
        let [reported, shown] = seen(|| use_it(&jwt, &request, &text));
        prop_assert!(!reported.contains(QUOTED), "{reported}");
        let seen = reported + &shown;
        let encoded = segment(CANARY);
        // The end of the encoded canary depends on what follows it.
        let encoded = encoded.get(..encoded.len() - 2).unwrap_or_default();
        for secret in [CANARY, encoded] {
            prop_assert!(!seen.contains(secret), "{secret} in:\n{seen}");
        }
        for segment in text.split('.').filter(|segment| segment.len() > 20) {
            prop_assert!(!seen.contains(segment), "{segment} in:\n{seen}");
        }
    }
}

#[test]
fn the_test_sees_what_is_shown() {
    let [reported, shown] = seen(|| {
        tracing::trace!("one {CANARY}");
        metrics::counter!("two", "label" => CANARY).increment(1);
        format!("three {CANARY}")
    });
    assert_eq!((reported.matches(CANARY).count(), shown.matches(CANARY).count()), (2, 1), "{reported}");
}
