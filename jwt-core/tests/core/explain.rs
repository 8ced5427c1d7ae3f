//! `JwtManager::explain` decides as `verify` does, says which stage rejects a token, and sounds no alarm.

use std::collections::BTreeSet;
use std::future::ready;
use std::sync::{Arc, Mutex};

use http::Request;
use jwt_core::keys::{KeyRing, KeySet, SigningKey};
use jwt_core::token::UnverifiedToken;
use jwt_core::{
    BoxError, Config, Explanation, Issuer, JwtManager, JwtManagerBuilder, KeySource, Policy, RequestInfo,
    StageOutcome, Token, TokenError, TokenKind, Verdict,
};

use serde_json::Value;

use crate::refusals::forged;
use crate::support::{
    HEADER, NOW, at, block_on, builder, manager, payload, secs, segment, sign, text_of, token,
};
use crate::support_keys::{keyless, new_key};
use crate::support_log::{logged, recorded};
use crate::support_sessions::house;

pub(crate) const LOGIN: &str = "https://login.example";

pub(crate) fn explain(jwt: &JwtManager, text: &str, policy: &Policy) -> Explanation {
    block_on(jwt.explain(text, policy))
}

/// Explains a token, and compares the explanation with what a client gets. Returns the code and the stage.
fn judged(jwt: &JwtManager, text: &str, policy: &Policy) -> (Option<&'static str>, Option<&'static str>) {
    // First, because a client's token can end a session.
    let explanation = explain(jwt, text, policy);
    let error = block_on(jwt.verify(text, policy)).err();
    assert_eq!(explanation.error().map(ToString::to_string), error.as_ref().map(ToString::to_string));
    assert_eq!(explanation.code(), error.as_ref().map(TokenError::code), "{explanation}");
    assert_eq!(explanation.advice().is_some(), error.is_some());
    let response = error.as_ref().map(|error| jwt.respond(error, &Request::new(()), policy));
    let parts = |response: &http::Response<bytes::Bytes>| {
        (response.status(), response.headers().clone(), response.body().clone())
    };
    assert_eq!(explanation.response().map(parts), response.as_ref().map(parts), "{explanation}");

    let outcomes: Vec<_> = explanation.stages().map(|stage| stage.outcome()).collect();
    let rejected = outcomes.iter().position(|outcome| *outcome == StageOutcome::Rejected);
    assert_eq!(rejected.is_some(), error.is_some());
    let has_passed =
        |outcome: &StageOutcome| matches!(outcome, StageOutcome::Passed | StageOutcome::NotChecked);
    let (before, after) = outcomes.split_at(rejected.unwrap_or(outcomes.len()));
    // Some stages can be skipped, and then all of them are just before the one that rejects the token.
    let first = before.iter().position(|outcome| *outcome == StageOutcome::NotReached);
    let (before, skipped) = before.split_at(first.unwrap_or(before.len()));
    assert!(before.iter().all(has_passed), "{explanation}");
    assert!(skipped.iter().all(|outcome| *outcome == StageOutcome::NotReached), "{explanation}");
    let stage = explanation.rejected_by().map(|stage| stage.name());
    let can_skip = explanation.code() == Some("misuse_no_request") || stage == Some("accepted_issuer");
    assert!(can_skip || skipped.is_empty(), "{explanation}");
    assert!(after.iter().skip(1).all(|outcome| *outcome == StageOutcome::NotReached), "{explanation}");
    (explanation.code(), stage)
}

fn parties() -> Config {
    Config::default().issuer("https://shop.example").audience("orders")
}

fn fails<T: Send>(_: Token) -> impl Future<Output = Result<T, BoxError>> + Send {
    ready(Err("out of order".into()))
}

/// Tokens that are rejected, with the code and the stage. Each stage occurs.
pub(crate) fn rejected() -> Vec<(JwtManager, String, Policy, &'static str, &'static str)> {
    let access = Policy::access;
    let by = |jwt: JwtManager, policy: Policy, code, stage| (jwt, token(&[]), policy, code, stage);
    let of = |text: String, code, stage| (manager(Config::default()), text, access(), code, stage);
    let with_header = |header: &str| sign(header, payload(&[]));
    let [head, claims] = [HEADER, &payload(&[])].map(segment);
    let is_owner = |_: &Token, _: &RequestInfo| true;
    let build = |with: &dyn Fn(JwtManagerBuilder) -> JwtManagerBuilder| {
        with(builder(Config::default())).build().unwrap()
    };
    let trusting = build(&|builder| builder.trusted_issuer(issuer_with(&new_key())));
    let foreign = |iss: &str| token(&[("iss", &format!("\"{iss}\""))]);
    let sessions = house(Config::default());
    let (used, ended) = (sessions.log_in("alice"), sessions.log_in("bob"));
    let newest = sessions.rotate(used.refresh()).unwrap();
    sessions.rotate(newest.refresh()).unwrap();
    block_on(sessions.jwt.end_sessions("bob")).unwrap();
    let gone = house(Config::default());
    let kept = gone.log_in("alice").access().to_owned();
    gone.store.fail(true);
    let idle = house(Config::default().session_idle_expires(secs(60)));
    let mut unused: Value = serde_json::from_str(&text_of(idle.log_in("alice").access(), 1)).unwrap();
    unused["exp"] = (NOW + 900).into();
    let unused = sign(HEADER, unused.to_string());
    idle.clock.set(at(NOW + 61));
    let loading = build(&|builder| builder.decode_key_loader(|_: &UnverifiedToken| None));
    vec![
        (idle.jwt.clone(), unused, access(), "expired", "revocation"),
        (loading, sign(HEADER, "[]"), access(), "invalid_json", "form"),
        of(String::new(), "invalid_segments", "form"),
        of("a.b.c.d".into(), "invalid_segments", "form"),
        of("x".repeat(20_000), "invalid_too_large", "form"),
        of(format!("=.{claims}.AA"), "invalid_encoding", "header"),
        of(format!("{head}.=.AA"), "invalid_encoding", "signature"),
        of(format!("{head}.{claims}.="), "invalid_encoding", "signature"),
        of(with_header("[]"), "invalid_json", "header"),
        of(sign(HEADER, "[]"), "invalid_json", "signature"),
        of(sign(HEADER, r#"{"sub":"a","sub":"a"}"#), "invalid_json", "signature"),
        of(with_header(r#"{"typ":"JWT"}"#), "invalid_alg_missing", "header"),
        of(with_header(r#"{"alg":"HS512"}"#), "invalid_alg", "header"),
        of(with_header(r#"{"alg":"HS256","crit":["b64"]}"#), "invalid_crit", "header"),
        of(with_header(r#"{"alg":"HS256","crit":1}"#), "invalid_crit", "header"),
        of(with_header(r#"{"alg":"HS256","kid":1}"#), "invalid_kid", "header"),
        of(with_header(r#"{"alg":"HS256","b64":true}"#), "invalid_unencoded_payload", "header"),
        of(forged(), "invalid_signature", "signature"),
        of(token(&[("iat", "\"x\"")]), "invalid_claim_type", "times"),
        of(token(&[("exp", "\"x\"")]), "invalid_claim_type", "times"),
        of(token(&[("iat", &(NOW + 900).to_string())]), "invalid_not_yet_valid", "times"),
        of(token(&[("iss", "1")]), "invalid_claim_type", "iss"),
        of(token(&[("aud", "1")]), "invalid_claim_type", "audience"),
        of(token(&[("aud", "\"else\"")]), "invalid_audience", "audience"),
        of(token(&[("sub", "\"\"")]), "invalid_empty_identity", "claims"),
        of(token(&[("sub", "true")]), "invalid_claim_type", "claims"),
        of(token(&[("sub", "")]), "invalid_claim_missing", "claims"),
        of(token(&[("exp", "1")]), "expired", "expiry"),
        of(token(&[("cnf", "{}")]), "invalid_confirmation", "confirmation"),
        of(token(&[("type", "\"refresh\"")]), "invalid_kind", "kind"),
        by(manager(Config::default()), access().scopes(&["read"]), "insufficient_scope", "authorities"),
        by(manager(Config::default()), access().fresh(), "not_fresh", "login"),
        (manager(parties()), token(&[]), access(), "invalid_claim_missing", "iss"),
        (manager(parties()), foreign("https://shop.example"), access(), "invalid_claim_missing", "audience"),
        (keyed(), token(&[]), access(), "invalid_alg", "header"),
        (
            keyed(),
            sign(r#"{"alg":"ES256","kid":"x"}"#, payload(&[])),
            access(),
            "invalid_unknown_key",
            "header",
        ),
        by(trusting.clone(), access().no_own_tokens(), "invalid_issuer", "accepted_issuer"),
        (trusting.clone(), foreign(LOGIN), access().any_issuer(), "invalid_alg", "header"),
        (keyed_and_trusting(), foreign("https://unknown.example"), access(), "invalid_issuer", "issuer"),
        by(
            manager(Config::default()),
            access().max_age(secs(60)),
            "insufficient_user_authentication",
            "login",
        ),
        by(
            manager(Config::default()),
            access().acr_values(&["phr"]),
            "insufficient_user_authentication",
            "login",
        ),
        by(manager(Config::default()), access().with_rule(is_owner), "misuse_no_request", "rules"),
        (sessions.jwt.clone(), used.refresh().to_owned(), Policy::refresh(), "reused", "revocation"),
        (sessions.jwt.clone(), ended.access().to_owned(), access(), "revoked", "revocation"),
        (gone.jwt.clone(), kept, access(), "unavailable", "revocation"),
        by(
            build(&|builder| builder.token_in_blocklist_loader(|_| ready(true))),
            access(),
            "revoked",
            "blocklist",
        ),
        by(
            build(&|builder| builder.token_in_blocklist_loader(fails::<bool>)),
            access(),
            "unavailable",
            "blocklist",
        ),
        by(
            build(&|builder| builder.token_verification_loader(|_| ready(false))),
            access(),
            "verification_failed",
            "verification",
        ),
        by(
            build(&|builder| builder.token_verification_loader(fails::<bool>)),
            access(),
            "unavailable",
            "verification",
        ),
        by(
            build(&|builder| builder.user_lookup_loader(|_| ready(None::<u8>))),
            access(),
            "user_lookup",
            "user",
        ),
        by(
            build(&|builder| {
                builder.user_lookup_loader(|_| ready(Err::<Option<u8>, BoxError>("out of order".into())))
            }),
            access(),
            "unavailable",
            "user",
        ),
        by(
            build(&|builder| builder.decode_key_loader(|_: &UnverifiedToken| Err("out of order"))),
            access(),
            "unavailable",
            "keys",
        ),
        by(
            build(&|builder| builder.decode_key_loader(|_: &UnverifiedToken| None)),
            access(),
            "invalid_unknown_key",
            "keys",
        ),
    ]
}

fn issuer_with(key: &SigningKey) -> Issuer {
    Issuer::new(LOGIN, KeySet::new([key.verifying_key().clone()]).unwrap()).without_audience()
}

/// Returns a manager with an ES256 key.
fn keyed() -> JwtManager {
    keyless(Config::default()).keys(KeyRing::new(new_key())).build().unwrap()
}

fn keyed_and_trusting() -> JwtManager {
    let builder = keyless(Config::default()).keys(KeyRing::new(new_key()));
    builder.trusted_issuer(issuer_with(&new_key())).build().unwrap()
}

#[test]
fn each_stage_rejects_what_verify_rejects() {
    let mut stages = BTreeSet::new();
    for (jwt, text, policy, code, stage) in rejected() {
        assert_eq!(
            judged(&jwt, &text, &policy),
            (Some(code), Some(stage)),
            "{}",
            explain(&jwt, &text, &policy)
        );
        stages.insert(stage);
    }
    let explanation = explain(&manager(Config::default()), &token(&[]), &Policy::access());
    assert_eq!(explanation.stages().map(|stage| stage.name()).collect::<BTreeSet<_>>(), stages);
}

/// The keys of an issuer, which have to be fetched.
#[derive(Clone, Default)]
struct Source {
    known: Arc<Mutex<Option<Arc<KeySet>>>>,
    published: Option<SigningKey>,
}

impl KeySource for Source {
    fn known(&self) -> Option<Arc<KeySet>> {
        self.known.lock().unwrap().clone()
    }

    fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send {
        let keys = self.published.as_ref().map(|key| KeySet::new([key.verifying_key().clone()]).unwrap());
        self.known.lock().unwrap().clone_from(&keys.map(Arc::new));
        ready(self.known().ok_or_else(|| "canary: the issuer is down".into()))
    }
}

fn fetching(published: Option<&SigningKey>) -> JwtManager {
    let source = Source { published: published.cloned(), ..Source::default() };
    let issuer = Issuer::with_source(LOGIN, source).audience("orders").audience_alone();
    builder(Config::default()).trusted_issuer(issuer).build().unwrap()
}

#[test]
fn keys_that_are_not_there_are_fetched() {
    let key = new_key();
    let issuer = keyless(Config::default().issuer(LOGIN).audience("orders")).keys(KeyRing::new(key.clone()));
    let text = issuer.build().unwrap().access_token("alice").encode().unwrap();
    let policy = Policy::access().any_issuer();
    // Each manager has fetched nothing yet.
    assert_eq!(judged(&fetching(Some(&key)), &text, &policy), (None, None));
    assert_eq!(judged(&fetching(Some(&new_key())), &text, &policy).1, Some("header"));
    assert_eq!(judged(&fetching(None), &text, &policy), (Some("unavailable"), Some("keys")));

    let down = explain(&fetching(None), &text, &policy).to_string();
    assert!(down.contains("the keys of the token's issuer are not available"), "{down}");
    assert!(!down.contains("canary"), "the cause can be anything: {down}");
}

/// Nothing is fetched for a token that the policy does not accept, so the decision is that of the policy alone.
#[test]
fn the_issuers_that_are_shown_are_those_that_the_policy_accepts() {
    let foreign = token(&[("iss", &format!("\"{LOGIN}\""))]);
    let source = || Issuer::with_source(LOGIN, Source::default()).without_audience();
    let own_keys = builder(Config::default()).trusted_issuer(source()).build().unwrap();
    let no_own_keys = keyless(Config::default()).trusted_issuer(source()).build().unwrap();
    let kinds = [Policy::access(), Policy::refresh(), Policy::any(), Policy::of(TokenKind::custom("invite"))];
    let issuers: [fn(Policy) -> Policy; 6] = [
        |policy| policy,
        |policy| policy.issuers(&[LOGIN]),
        |policy| policy.issuer(LOGIN),
        |policy| policy.issuers(&["https://other.example"]),
        |policy| policy.issuer("https://other.example").issuers(&[LOGIN]),
        Policy::any_issuer,
    ];
    let mut accepted = 0;
    for (jwt, kind) in
        [&own_keys, &no_own_keys].into_iter().flat_map(|jwt| kinds.iter().map(move |kind| (jwt, kind)))
    {
        for issuers in issuers {
            let policy = issuers(kind.clone());
            for policy in [
                policy.clone(),
                policy.clone().fresh(),
                policy.clone().no_own_tokens(),
                policy.fresh().no_own_tokens(),
            ] {
                let explanation = explain(jwt, &foreign, &policy);
                let stage = explanation.stages().find(|stage| stage.name() == "accepted_issuer").unwrap();
                let (_, shown) = stage.compared().split_once("accepted by the policy: ").unwrap();
                let is_shown = shown.contains("those of all trusted issuers") || shown.contains(LOGIN);
                assert_eq!(is_shown, stage.outcome() != StageOutcome::Rejected, "{policy:?}\n{explanation}");
                accepted += usize::from(is_shown);

                let explanation = explain(jwt, &token(&[]), &policy);
                let stage = explanation.stages().find(|stage| stage.name() == "accepted_issuer").unwrap();
                if stage.outcome() != StageOutcome::NotReached {
                    assert_eq!(
                        stage.compared().contains("accepted by the policy: own tokens"),
                        stage.outcome() != StageOutcome::Rejected,
                        "{policy:?}\n{explanation}"
                    );
                }
            }
        }
    }
    // Of access tokens that need not be fresh: four with own keys, and five without.
    assert_eq!(accepted, 2 * (4 + 5));
}

/// The most common mistake.
#[test]
fn a_policy_that_does_not_name_the_issuer_is_noticed_in_the_same_stage_with_and_without_keys() {
    let key = new_key();
    let issuer = keyless(Config::default().issuer(LOGIN).audience("orders")).keys(KeyRing::new(key.clone()));
    let text = issuer.build().unwrap().access_token("alice").encode().unwrap();
    let known = Issuer::new(LOGIN, KeySet::new([key.verifying_key().clone()]).unwrap());
    let known = builder(Config::default()).trusted_issuer(known.audience("orders").audience_alone());
    let unverified = " (the values of the token are unverified)";
    for (jwt, mark, between) in [
        (known.build().unwrap(), "", StageOutcome::Passed),
        (fetching(None), unverified, StageOutcome::NotReached),
    ] {
        let policy = Policy::access();
        assert_eq!(judged(&jwt, &text, &policy), (Some("invalid_issuer"), Some("accepted_issuer")));
        let explanation = explain(&jwt, &text, &policy);
        let compared =
            "token of the trusted issuer \"https://login.example\"; accepted by the policy: own tokens";
        let rejecting = explanation.rejected_by().unwrap().compared();
        assert!(rejecting.ends_with(&format!("{compared}{mark}")), "{rejecting}");
        assert!(explanation.advice().unwrap().contains("Policy::issuer,"), "{explanation}");
        for stage in explanation.stages() {
            let expected = match stage.name() {
                "form" | "issuer" => StageOutcome::Passed,
                "keys" | "header" | "signature" | "times" | "iss" | "audience" | "claims" | "expiry"
                | "confirmation" | "kind" => between,
                "accepted_issuer" => StageOutcome::Rejected,
                _ => StageOutcome::NotReached,
            };
            assert_eq!(stage.outcome(), expected, "{explanation}");
        }
        let audience = explanation.stages().find(|stage| stage.name() == "audience").unwrap();
        assert_eq!(audience.compared().ends_with(unverified), !mark.is_empty(), "{explanation}");
    }
}

#[test]
fn nobody_has_presented_the_token() {
    let house = house(Config::default());
    let [spent, ended, kept] = ["alice", "bob", "carol"].map(|name| house.log_in(name));
    let next = house.rotate(spent.refresh()).unwrap();
    let next = house.rotate(next.refresh()).unwrap();
    block_on(house.jwt.end_sessions("bob")).unwrap();
    house.told.take();

    let (refresh, access) = (Policy::refresh(), Policy::access());
    assert_eq!(explain(&house.jwt, spent.refresh(), &refresh).code(), Some("reused"));
    assert_eq!(explain(&house.jwt, ended.access(), &access).code(), Some("revoked"));
    house.store.fail(true);
    assert_eq!(explain(&house.jwt, kept.access(), &access).code(), Some("unavailable"));
    house.store.fail(false);
    assert_eq!(house.told.take(), [""; 0]);
    // The session of the used token goes on.
    assert!(block_on(house.jwt.verify(next.access(), &access)).is_ok());

    // A client causes all of it.
    assert!(block_on(house.jwt.verify(ended.access(), &access)).is_err());
    assert!(block_on(house.jwt.verify(spent.refresh(), &refresh)).is_err());
    let told = house.told.take();
    assert!(
        matches!(&*told, [revoked, ended, reuse] if revoked == "revoked used" && ended.starts_with("ended 1") && reuse == "reuse"),
        "{told:?}"
    );
    assert!(block_on(house.jwt.verify(next.access(), &access)).is_err());

    house.told.take();
    let blocking = builder(Config::default()).token_in_blocklist_loader(|_| ready(true));
    let blocking = blocking.session_events(house.told.clone()).build().unwrap();
    assert_eq!(explain(&blocking, &token(&[]), &access).code(), Some("revoked"));
    assert_eq!(house.told.take(), [""; 0]);
    assert!(block_on(blocking.verify(&token(&[]), &access)).is_err());
    assert_eq!(house.told.take(), ["revoked used"]);
}

#[test]
fn nothing_is_logged_not_even_a_span() {
    let cases = rejected();
    let ((), lines) = recorded(|| {
        for (jwt, text, policy, ..) in &cases {
            let _ = explain(jwt, text, policy).to_string();
        }
    });
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn a_warning_that_appears_once_is_kept_for_a_client() {
    let jwt = keyed_and_trusting();
    let access = Policy::access();
    // Without the slash, the issuer is trusted.
    let similar = token(&[("iss", &format!("\"{LOGIN}/\""))]);
    let named = Policy::access().issuer("https://misspelled.example");
    let key = new_key();
    let issuer = keyless(Config::default().encode_issuer(LOGIN)).keys(KeyRing::new(key.clone()));
    let foreign = issuer.build().unwrap().access_token("alice").encode().unwrap();
    let trusting = builder(Config::default()).trusted_issuer(issuer_with(&key)).build().unwrap();
    for (jwt, text, policy) in [(&jwt, &similar, access.clone()), (&trusting, &foreign, named)] {
        let (explanation, lines) = logged(|| explain(jwt, text, &policy));
        assert_eq!((explanation.code(), lines.len()), (Some("invalid_issuer"), 0));
        let (_, lines) = logged(|| block_on(jwt.verify(text, &policy)));
        assert_eq!(lines.len(), 1, "{lines:?}");
    }
    let shown = explain(&jwt, &similar, &access).to_string();
    assert!(
        shown.contains(r#"differs from the trusted issuer "https://login.example" in a trailing slash"#),
        "{shown}"
    );
}

#[test]
fn an_outage_is_kept_for_a_client() {
    let policy = Policy::access().any_issuer();
    let house = house(Config::default());
    let kept = house.log_in("alice").access().to_owned();
    house.store.fail(true);
    let key = new_key();
    let issuer = keyless(Config::default().issuer(LOGIN).audience("orders")).keys(KeyRing::new(key));
    let foreign = issuer.build().unwrap().access_token("alice").encode().unwrap();
    let source = Issuer::with_source(LOGIN, Source::default()).audience("orders").audience_alone();
    let fetching = builder(Config::default()).session_events(house.told.clone()).trusted_issuer(source);
    house.told.take();
    for (jwt, text, event) in
        [(&house.jwt, &kept, "unavailable"), (&fetching.build().unwrap(), &foreign, "stale")]
    {
        let (explanation, lines) = logged(|| explain(jwt, text, &policy));
        assert_eq!((explanation.code(), lines.len()), (Some("unavailable"), 0));
        assert_eq!(house.told.take(), [""; 0]);
        let (_, lines) = logged(|| block_on(jwt.verify(text, &policy)));
        let warnings = lines.iter().filter(|line| line.level() == tracing::Level::WARN).count();
        assert_eq!(warnings, 1, "{lines:?}");
        let told = house.told.take();
        assert!(matches!(&*told, [one] if one.starts_with(event)), "{told:?}");
    }
}

#[test]
fn rules_see_the_request() {
    let jwt = manager(Config::default());
    let is_reader = |_: &Token, request: &RequestInfo| match request.method() {
        "GET" => Verdict::permit(),
        "PUT" => Verdict::requires(["write"]),
        _ => Verdict::deny(),
    };
    let policy = Policy::access().with_rule(is_reader);
    let of = |method: &str| {
        let request = Request::builder().method(method).uri("/orders").body(()).unwrap();
        let explanation = block_on(jwt.explain_in(&token(&[]), &policy, &request));
        let error = block_on(jwt.verify_in(&token(&[]), &policy, &request)).err();
        assert_eq!(explanation.code(), error.as_ref().map(TokenError::code));
        explanation.rejected_by().map(|stage| stage.name())
    };
    assert_eq!(of("GET"), None);
    assert_eq!(of("PUT"), Some("authorities"));
    assert_eq!(of("POST"), Some("rules"));
}

#[test]
fn a_rule_that_fails_sounds_no_alarm() {
    let jwt = manager(Config::default());
    let request = Request::new(());
    let fails = |_: &Token, _: &RequestInfo| Err::<bool, _>("out of order");
    let waits = |_: &Token, _: &RequestInfo| Verdict::later(async { Err::<bool, _>("out of order") });
    for policy in [Policy::access().with_rule(fails), Policy::access().with_rule(waits)] {
        let (explanation, lines) = recorded(|| block_on(jwt.explain_in(&token(&[]), &policy, &request)));
        assert_eq!(explanation.code(), Some("unavailable"));
        assert_eq!(explanation.rejected_by().map(|stage| stage.name()), Some("rules"));
        assert!(lines.is_empty(), "{lines:?}");
        let (_, lines) = logged(|| block_on(jwt.verify_in(&token(&[]), &policy, &request)));
        assert_eq!(lines.len(), 1, "{lines:?}");
    }
}

#[test]
fn what_nothing_requires_is_not_checked() {
    let outcomes = |jwt: &JwtManager, policy: &Policy| {
        let explanation = explain(jwt, &token(&[]), policy);
        let unchecked = explanation.stages().filter(|stage| stage.outcome() == StageOutcome::NotChecked);
        unchecked.map(|stage| stage.name()).collect::<Vec<_>>()
    };
    let optional = ["login", "revocation", "blocklist", "authorities", "rules", "verification", "user"];
    assert_eq!(outcomes(&manager(Config::default()), &Policy::access()), optional);
    assert_eq!(outcomes(&manager(Config::default()), &Policy::any().max_age(secs(1)))[..1], ["kind"]);
    let full = builder(Config::default().ignore_unconfigured_claims(true))
        .token_in_blocklist_loader(|_| ready(false))
        .token_verification_loader(|_| ready(true))
        .user_lookup_loader(|_| ready(Some(1)))
        .build()
        .unwrap();
    let unchecked = ["iss", "audience", "login", "revocation", "authorities", "rules"];
    assert_eq!(outcomes(&full, &Policy::access()), unchecked);
    let skipped = outcomes(&full, &Policy::access().skip_revocation_check());
    assert!(skipped.contains(&"blocklist"), "{skipped:?}");
}
