//! No secret, token, or claim appears in any `Debug` output.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use jwt_core::adapter::Memos;
use jwt_core::keys::Secret;
use jwt_core::{
    Authenticated, Config, ErrorHandlers, ErrorResponse, JwtManager, Policy, Refusal, RequiredAuthorities,
    Token, TokenError,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{SECRET, at, authenticate, bearer, builder, manager, request, text_of};

const IDENTITY: &str = "identity-of-alice";
const CLAIM: &str = "value-of-a-claim";

fn issued(jwt: &JwtManager) -> String {
    let claims = json!({"role": CLAIM, "scope": "read"});
    jwt.access_token(IDENTITY).claims(&claims).encode().unwrap()
}

/// Checks that neither format contains the token or a part of it.
fn assert_silent(token: &str, shown: &dyn Debug) {
    let payload: Value = serde_json::from_str(&text_of(token, 1)).unwrap();
    let jti = payload["jti"].as_str().unwrap();
    let segments: Vec<_> = token.split('.').collect();
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        let bytes = format!("{:?}", SECRET.as_bytes());
        for hidden in [SECRET, &bytes[1..20], IDENTITY, CLAIM, jti, segments[1], segments[2]] {
            assert!(!text.contains(hidden), "{hidden:?} in {text}");
        }
    }
}

#[test]
fn secrets_and_managers_show_nothing() {
    let jwt = manager(Config::default());
    let token = issued(&jwt);
    for secret in [Secret::from(SECRET), Secret::from(SECRET.as_bytes())] {
        assert_silent(&token, &secret);
        assert_eq!(format!("{secret:?}"), "Secret([redacted])");
    }
    let builder = builder(Config::default()).additional_claims_loader(|_: &Value| json!({"role": CLAIM}));
    assert_silent(&token, &builder);
    assert_silent(&token, &builder.build());
    assert_silent(&token, &jwt);
    assert_silent(&token, &Config::default());
}

#[test]
fn tokens_show_nothing_before_and_after_they_are_issued() {
    let jwt = manager(Config::default());
    let token = issued(&jwt);
    let half_done = jwt.access_token(IDENTITY).claim("role", CLAIM).header("kid", CLAIM).fresh_until(at(5));
    assert_silent(&token, &half_done);
    assert_silent(&token, &jwt.access_token(IDENTITY).claim("exp", CLAIM).encode().unwrap_err());
    let read: Token = jwt.decode(&token).unwrap();
    assert_silent(&token, &read);
}

#[derive(Debug, Deserialize)]
struct Role {
    role: String,
}

#[test]
fn checked_and_authenticated_requests_show_nothing() {
    let jwt = builder(Config::default())
        .user_lookup_loader(|token: Token| async move { Some(token.identity().to_owned()) })
        .build()
        .unwrap();
    let token = issued(&jwt);
    let view = bearer(&token);
    let checked = jwt.check(&view, &Policy::access().scopes(&["read"])).unwrap();
    assert_silent(&token, &checked);
    let passed: Authenticated = authenticate(&jwt, &view, &Policy::access()).unwrap();
    assert_silent(&token, &passed);
    let memo = passed.memo().unwrap();
    assert_silent(&token, &memo);
    let mut memos = Memos::default();
    memos.insert(memo);
    assert_silent(&token, &memos);
    let typed = passed.into_typed_token::<Role>().unwrap();
    assert_eq!(typed.extra().role, CLAIM);
    assert_silent(&token, &typed);
}

fn refusals_of(token: &str) -> Vec<TokenError> {
    let verified = || manager(Config::default()).decode(token).unwrap();
    let jwt = manager(Config::default());
    let refuse = |view, policy: Policy| authenticate(&jwt, &view, &policy).unwrap_err();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let reset = Config::default().issuer("me");
    vec![
        TokenError::Expired(verified()),
        TokenError::InsufficientScope { token: verified(), required: RequiredAuthorities::scopes(["admin"]) },
        TokenError::NotFresh(verified()),
        TokenError::Reused(verified()),
        TokenError::Revoked(verified()),
        TokenError::UserLookup(verified()),
        TokenError::VerificationFailed(verified()),
        refuse(bearer(&format!("{signed}.x")), Policy::access()),
        refuse(bearer(signed), Policy::access()),
        refuse(bearer(token), Policy::refresh()),
        refuse(bearer(token), Policy::access().fresh()),
        refuse(bearer(token), Policy::access().scopes(&["admin"])),
        refuse(request("GET", &[token]), Policy::access()),
        refuse(request("GET", &[&format!("Bearer {token} {token}")]), Policy::access()),
        manager(reset).decode(token).unwrap_err(),
    ]
}

#[test]
fn refusals_show_nothing_in_either_form() {
    let token = issued(&manager(Config::default()));
    for error in refusals_of(&token) {
        assert_silent(&token, &error);
        assert_silent(&token, &error.to_string());
    }
}

struct Shows(Arc<Mutex<Vec<String>>>);

impl ErrorHandlers for Shows {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.0.lock().unwrap().push(format!("{refusal:?} {refusal:#?} {}", refusal.challenge()));
        refusal.default_response()
    }
}

#[test]
fn rejections_and_answers_show_nothing_but_the_identity_that_could_not_be_loaded() {
    let shown = Arc::<Mutex<Vec<String>>>::default();
    let jwt = builder(Config::default()).error_handlers(Shows(shown.clone())).build().unwrap();
    let token = issued(&jwt);
    for error in refusals_of(&token) {
        let answer = jwt.respond(&error, &bearer(&token), &Policy::access());
        assert_silent(&token, answer.headers());
        let body = String::from_utf8(answer.body().to_vec()).unwrap();
        assert_eq!(body.contains(IDENTITY), matches!(error, TokenError::UserLookup(_)));
        assert_silent(&token, &body.replace(IDENTITY, ""));
    }
    for text in shown.lock().unwrap().iter() {
        assert_silent(&token, &text);
    }
}

#[test]
fn the_cause_of_an_outage_is_not_in_its_answer() {
    let jwt = builder(Config::default())
        .token_in_blocklist_loader(|_| async { Err::<bool, _>(format!("postgres://u:{CLAIM}@db")) })
        .build()
        .unwrap();
    let token = issued(&jwt);
    let error = authenticate(&jwt, &bearer(&token), &Policy::access()).unwrap_err();
    let answer = jwt.respond(&error, &bearer(&token), &Policy::access());
    assert_eq!(&**answer.body(), br#"{"msg":"Token could not be checked"}"#);
    assert_silent(&token, answer.headers());
}

#[test]
fn debug_of_a_refusal_shows_no_text_of_an_untrusted_token() {
    let token =
        crate::support::sign(r#"{"alg":"HS256","crit":["s3cr3t-text"]}"#, crate::support::payload(&[]));
    let error = manager(Config::default()).decode(&token).unwrap_err();
    assert_eq!(error.kind(), jwt_core::ErrorKind::InvalidToken);
    assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
}

#[test]
fn sessions_show_nothing() {
    use jwt_core::session::{
        EndRequest, Graced, IsRevokedRequest, ListRequest, NewSession, Position, RevokeRequest,
        RotateRequest, Rotation, Selector, Session, SessionPage, StartRequest, StateRequest, StatesRequest,
        Subject, TokenRef, TouchRequest,
    };
    let house = crate::support_sessions::house(Config::default());
    let log_in = house.jwt.log_in(IDENTITY).label(CLAIM).claim("role", CLAIM);
    let hides = |shown: &dyn Debug| {
        for text in [format!("{shown:?}"), format!("{shown:#?}")] {
            assert!(!text.contains(IDENTITY) && !text.contains(CLAIM), "{text}");
        }
    };
    hides(&log_in);
    let pair = crate::support::block_on(async { log_in.await }).unwrap();
    let token = house.read(pair.refresh());
    let subject = Subject::new(CLAIM, IDENTITY);
    let theirs = TokenRef::access(subject, CLAIM, CLAIM);
    let rotate = house.jwt.rotate(&token);
    for shown in [
        &pair as &dyn Debug,
        &rotate,
        &TokenRef::from(&token),
        &subject,
        &Selector::AllOf(subject),
        &NewSession::new(subject, CLAIM, CLAIM, at(5)).label(CLAIM),
        &StartRequest::new(NewSession::new(subject, CLAIM, CLAIM, at(5)), at(5)),
        &Session::new(CLAIM, at(5), at(6)).label(Some(CLAIM.into())),
        &SessionPage::new(vec![Session::new(CLAIM, at(5), at(6)); 2], 1),
        &Position::new(at(5), CLAIM),
        &Rotation::Grace(Graced::new(CLAIM, at(5))),
        &Graced::new(CLAIM, at(5)),
        &IsRevokedRequest::new(theirs, at(5)),
        &RevokeRequest::new(theirs, None, at(5)),
        &RotateRequest::new(theirs, CLAIM, at(5)),
        &StateRequest::new(theirs, at(5)),
        &StatesRequest::new(&[theirs], at(5)),
        &TouchRequest::new(theirs, at(5)),
        &EndRequest::new(Selector::AllOf(subject), at(5)),
        &ListRequest::new(subject, at(5)).after(Some(&Position::new(at(5), CLAIM))),
        &house.jwt,
    ] {
        hides(shown);
        assert_silent(pair.refresh(), shown);
        assert_silent(pair.access(), shown);
    }
    house.rotate(pair.refresh()).unwrap();
    house.clock.set(at(crate::support::NOW + 60));
    let reused = house.rotate(pair.refresh()).unwrap_err();
    assert_silent(pair.refresh(), &reused);
    assert_silent(pair.refresh(), &reused.to_string());
}
