//! What a guard leaves in a request, which manager can use it, and which work it saves.

use http::Request;
use jwt_core::adapter::{Memos, Step, authenticate_by, extracted, manager_id, peek};
use jwt_core::error::InvalidToken;
use jwt_core::{Authenticated, Config, ErrorKind, JwtManager, Location, Policy, RequestView, TokenError};

use crate::support::{
    Clock, NOW, at, authenticate, bearer, builder, invalid, manager, refused, request, secs, token,
};

/// Does the same as an adapter's guard: checks the request and leaves a memo in its extensions.
pub(crate) fn guard(
    jwt: &JwtManager,
    request: &mut Request<()>,
    policy: &Policy,
) -> Result<Authenticated, TokenError> {
    let authenticated = authenticate(jwt, request, policy)?;
    if let Some(memo) = authenticated.memo() {
        request.extensions_mut().get_or_insert_default::<Memos>().insert(memo);
    }
    Ok(authenticated)
}

/// Returns a manager and a clock that counts signature checks. Each check reads the clock once.
pub(crate) fn counting() -> (JwtManager, Clock) {
    let clock = Clock::new(at(NOW));
    (builder(Config::default()).clock(clock.reader()).build().unwrap(), clock)
}

#[test]
fn behind_a_guard_nothing_is_verified_again() {
    let (jwt, clock) = counting();
    let mut request = bearer(&token(&[]));
    guard(&jwt, &mut request, &Policy::access()).unwrap();
    assert_eq!(clock.reads(), 1);
    // A clone counts as the same manager. Parts count as the same request.
    for jwt in [jwt.clone(), jwt.clone().clone()] {
        let passed = authenticate(&jwt, &request, &Policy::any()).unwrap();
        assert_eq!(passed.into_token().unwrap().location(), Some(Location::Header));
    }
    let (parts, ()) = request.into_parts();
    assert!(authenticate(&jwt, &parts, &Policy::access().locations(&[Location::Header])).is_ok());
    assert_eq!(clock.reads(), 1);
    assert!(authenticate(&jwt, &bearer(&token(&[])), &Policy::access()).is_ok());
    assert_eq!(clock.reads(), 2, "without a guard it is verified");
}

#[test]
fn a_token_that_expires_behind_its_guard_is_good_for_this_request() {
    let (jwt, clock) = counting();
    let mut request = bearer(&token(&[]));
    guard(&jwt, &mut request, &Policy::access()).unwrap();
    clock.set(at(NOW) + secs(3600));
    assert!(authenticate(&jwt, &request, &Policy::access()).is_ok());
    assert!(authenticate(&jwt, &bearer(&token(&[])), &Policy::access()).is_err());
}

#[test]
fn only_what_the_nearest_guard_accepted_counts_without_a_manager() {
    let (jwt, other) = (manager(Config::default()), manager(Config::default()));
    let mut request = bearer(&token(&[]));
    let accepted = |memos: &Memos| Some(memos.authenticated()?.into_token().unwrap().identity().to_owned());
    let mut memos = Memos::default();
    // What a layer or an extractor found does not count.
    memos.set_current(&jwt);
    memos.insert(peek(&jwt, &request).unwrap());
    assert_eq!(accepted(&memos), None);
    memos.accept(&jwt, &guard(&jwt, &mut request, &Policy::access()).unwrap());
    assert_eq!(accepted(&memos).as_deref(), Some("alice"));
    // A layer that only provides a manager is not a guard.
    memos.set_current(&other);
    assert_eq!(accepted(&memos).as_deref(), Some("alice"));
    // A guard that lets a request through without a token is.
    let nobody = authenticate(&other, &Request::new(()), &Policy::access().optional()).unwrap();
    memos.accept(&other, &nobody);
    assert_eq!(accepted(&memos), None);
    memos.accept(&jwt, &guard(&jwt, &mut request, &Policy::access()).unwrap());
    memos.pass_public();
    assert_eq!(accepted(&memos), None);
}

#[test]
fn another_managers_memo_is_not_used() {
    let (lax, _) = counting();
    let strict = builder(Config::default().issuer("me")).build().unwrap();
    let mut request = bearer(&token(&[]));
    let passed = guard(&lax, &mut request, &Policy::access()).unwrap();
    assert!(strict.guarded(&request).is_none());
    let missing = invalid(authenticate(&strict, &request, &Policy::access()));
    assert_eq!(missing, InvalidToken::ClaimMissing("iss".into()));
    assert!(authenticate_by(&strict, &passed.memo().unwrap(), "GET", &Policy::access()).is_none());

    // A manager with the same configuration is still a different manager.
    let (twin, clock) = counting();
    assert!(authenticate(&twin, &request, &Policy::access()).is_ok());
    assert_eq!(clock.reads(), 1);
}

#[test]
fn a_policy_with_other_places_finds_its_token_itself_and_saves_the_signature_of_the_same() {
    const OTHER: Policy = Policy::access().locations(&[Location::Header, Location::Header]);
    let (jwt, clock) = counting();
    let mut request = bearer(&token(&[]));
    guard(&jwt, &mut request, &Policy::access()).unwrap();
    let identity = |view: &Request<()>, policy: &Policy| {
        let passed = authenticate(&jwt, view, policy).unwrap();
        passed.into_token().unwrap().identity().to_owned()
    };
    assert_eq!(identity(&request, &OTHER), "alice");
    assert_eq!(clock.reads(), 1);
    // The request now has another token.
    let bob = format!("Bearer {}", token(&[("sub", "\"bob\"")]));
    request.headers_mut().insert("authorization", bob.parse().unwrap());
    assert_eq!(identity(&request, &OTHER), "bob");
    assert_eq!(clock.reads(), 2);
    assert_eq!(identity(&request, &Policy::access()), "alice");
    request.headers_mut().remove("authorization");
    assert_eq!(refused(authenticate(&jwt, &request, &OTHER)).kind(), ErrorKind::Unauthorized);
}

/// Returns its memo to any caller, like an adapter with a bug.
struct Careless(Memos, Request<()>, JwtManager);

impl RequestView for Careless {
    fn method(&self) -> &str {
        RequestView::method(&self.1)
    }

    fn path(&self) -> &str {
        self.1.path()
    }

    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        self.1.fields(name, each);
    }

    fn info(&self) -> jwt_core::RequestInfo {
        self.1.info()
    }

    fn memo(&self, _: jwt_core::adapter::ManagerId) -> Option<jwt_core::adapter::Memo> {
        self.0.of(manager_id(&self.2))
    }
}

#[test]
fn a_memo_handed_to_the_wrong_manager_is_not_believed() {
    let (lax, _) = counting();
    let strict = manager(Config::default().issuer("me"));
    let mut memos = Memos::default();
    let view = bearer(&token(&[]));
    memos.insert(authenticate(&lax, &view, &Policy::access()).unwrap().memo().unwrap());
    let careless = Careless(memos, view, lax.clone());
    assert!(lax.guarded(&careless).is_some());
    assert!(strict.guarded(&careless).is_none());
    assert!(authenticate(&strict, &careless, &Policy::access()).is_err());
}

#[test]
fn two_managers_keep_a_memo_each() {
    let ((one, one_clock), (two, two_clock)) = (counting(), counting());
    let mut request = bearer(&token(&[]));
    for jwt in [&one, &two, &one] {
        guard(jwt, &mut request, &Policy::access()).unwrap();
    }
    for jwt in [&one, &two] {
        assert_eq!(jwt.guarded(&request).unwrap().token().unwrap().identity(), "alice");
        assert!(authenticate(jwt, &request, &Policy::access()).is_ok());
    }
    assert_eq!((one_clock.reads(), two_clock.reads()), (1, 1));
}

#[test]
fn a_stricter_policy_behind_a_weaker_guard_refuses() {
    let (jwt, clock) = counting();
    let mut request = bearer(&token(&[("scope", "\"read\"")]));
    guard(&jwt, &mut request, &Policy::any().optional()).unwrap();
    assert!(authenticate(&jwt, &request, &Policy::access().scopes(&["read"])).is_ok());
    let kind = invalid(authenticate(&jwt, &request, &Policy::refresh()));
    assert_eq!(kind, InvalidToken::Kind("refresh"));
    let scope = refused(authenticate(&jwt, &request, &Policy::access().scopes(&["admin"])));
    assert_eq!(scope.kind(), ErrorKind::InsufficientScope);
    assert_eq!(clock.reads(), 1, "all of it without another signature");
    let fresh = refused(authenticate(&jwt, &request, &Policy::access().fresh()));
    assert_eq!(fresh.kind(), ErrorKind::NeedsFreshToken);
}

#[test]
fn a_guard_that_let_nobody_in_leaves_nothing() {
    let (jwt, _) = counting();
    let mut request = request("GET", &[]);
    guard(&jwt, &mut request, &Policy::access().optional()).unwrap();
    assert!(request.extensions().get::<Memos>().is_none());
    assert!(jwt.guarded(&request).is_none());
    let mut forged = bearer("a.b.c");
    assert!(guard(&jwt, &mut forged, &Policy::access()).is_err());
    assert!(jwt.guarded(&forged).is_none());
}

#[test]
fn a_peek_at_what_is_refused_finds_nothing() {
    let (jwt, _) = counting();
    for view in [bearer("x"), request("GET", &[]), bearer(&token(&[("exp", &NOW.to_string())]))] {
        assert!(peek(&jwt, &view).is_none());
    }
    assert!(peek(&jwt, &request("OPTIONS", &[&format!("Bearer {}", token(&[]))])).is_some());
}

#[test]
fn a_memo_alone_is_checked_by_another_policy() {
    let (jwt, clock) = counting();
    let memo = authenticate(&jwt, &bearer(&token(&[])), &Policy::any()).unwrap().memo().unwrap();
    let step = authenticate_by(&jwt, &memo, "GET", &Policy::access()).expect("the kind fits");
    assert!(matches!(step, Step::Ready(Ok(passed)) if passed.token().is_some()));
    assert!(authenticate_by(&jwt, &memo, "GET", &Policy::refresh()).is_none());
    assert_eq!(clock.reads(), 1);
    assert!(authenticate_by(&jwt, &memo, "GET", &Policy::access().fresh()).is_none());
}

/// Extractors have no locations of their own. Behind a guard that has, they are about the guard's token.
#[test]
fn an_extractor_behind_a_guard_of_other_places_gets_the_guards_token() {
    const QUERY: &[Location] = &[Location::QueryString];
    let jwt = manager(Config::default());
    let issue = |identity: &str| jwt.access_token(identity).encode().unwrap();
    let request = |query: &str, header: Option<&str>| {
        let mut request = Request::get(format!("/?jwt={query}"));
        if let Some(token) = header {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        request.body(()).unwrap()
    };
    let identity = |outcome: Result<Authenticated, TokenError>| {
        outcome.map(|passed| passed.into_token().unwrap().identity().to_owned()).map_err(|error| error.kind())
    };
    let extract = |request: &Request<()>, policy: Policy| identity(authenticate(&jwt, request, &policy));

    let mut guarded = request(&issue("alice"), None);
    guard(&jwt, &mut guarded, &Policy::access().locations(QUERY)).unwrap();
    assert_eq!(extract(&guarded, Policy::access()), Ok("alice".to_owned()));
    // A stricter one checks what the guard did not.
    assert_eq!(extract(&guarded, Policy::access().fresh()), Err(ErrorKind::NeedsFreshToken));
    assert_eq!(extract(&guarded, Policy::access().scopes(&["admin"])), Err(ErrorKind::InsufficientScope));
    // Another kind, no kind, and places that are named are looked for.
    for policy in [
        Policy::refresh(),
        Policy::any(),
        Policy::access().refresh_names(),
        Policy::access().locations(&[Location::Header]),
    ] {
        assert_eq!(extract(&guarded, policy), Err(ErrorKind::Unauthorized));
    }
    // The handler and the guard never mean two users.
    let mut two = request(&issue("alice"), Some(&issue("bob")));
    guard(&jwt, &mut two, &Policy::access().locations(QUERY)).unwrap();
    assert_eq!(extract(&two, Policy::access()), Ok("alice".to_owned()));
    // A layer does not decide, and neither does the guard of another manager.
    let mut peeked = request(&issue("alice"), None);
    let memo = peek(&manager(Config::default().token_location([Location::QueryString])), &peeked);
    peeked.extensions_mut().get_or_insert_default::<Memos>().insert(memo.unwrap());
    assert_eq!(extract(&peeked, Policy::access()), Err(ErrorKind::Unauthorized));
}

/// Something behind the guard has made the request another one, such as a method override.
#[test]
fn a_cookie_that_needed_no_csrf_value_does_not_serve_a_method_that_does() {
    let jwt = manager(Config::default().token_location([Location::Cookie]));
    let text = jwt.access_token("alice").encode().unwrap();
    let csrf = jwt.decode(&text).unwrap().csrf().unwrap();
    let request = |value: Option<&str>| {
        let mut request = Request::get("/").header("Cookie", format!("access_token_cookie={text}"));
        if let Some(value) = value {
            request = request.header("X-CSRF-TOKEN", value);
        }
        request.body(()).unwrap()
    };
    let policies = [Policy::access(), Policy::any(), Policy::access().locations(&[Location::Cookie])];
    for (value, is_right) in [(None, false), (Some("wrong"), false), (Some(&*csrf), true)] {
        let mut request = request(value);
        guard(&jwt, &mut request, &Policy::access()).unwrap();
        for policy in &policies {
            assert!(authenticate(&jwt, &request, policy).is_ok());
        }
        assert!(jwt.guarded(&request).is_some());
        *request.method_mut() = http::Method::DELETE;
        for policy in &policies {
            assert_eq!(authenticate(&jwt, &request, policy).is_ok(), is_right, "{value:?}");
        }
        assert!(jwt.guarded(&request).is_none());
    }
    // A guard that has checked the value counts, whatever the request looks like afterwards.
    let mut post = request(Some(&*csrf));
    *post.method_mut() = http::Method::POST;
    guard(&jwt, &mut post, &Policy::access()).unwrap();
    post.headers_mut().remove("X-CSRF-TOKEN");
    assert!(authenticate(&jwt, &post, &Policy::access()).is_ok());
    assert!(jwt.guarded(&post).is_some());
}

/// What an extractor adds to the memo of a guard is about the guard's token, and not about where it is looked for.
#[test]
fn an_extractor_does_not_change_where_the_guard_has_looked() {
    let jwt = manager(Config::default().token_location([Location::Cookie, Location::Header]));
    let issue = |identity: &str| jwt.access_token(identity).encode().unwrap();
    let mut request = bearer(&issue("alice"));
    let cookie = format!("access_token_cookie={}", issue("bob")).parse().unwrap();
    request.headers_mut().insert("Cookie", cookie);
    guard(&jwt, &mut request, &Policy::access().locations(&[Location::Header])).unwrap();
    let mut extract = |policy: Policy| {
        let (passed, memo) = extracted::<Authenticated>(authenticate(&jwt, &request, &policy)).unwrap();
        request.extensions_mut().get_or_insert_default::<Memos>().insert(memo.unwrap());
        passed.into_token().unwrap().identity().to_owned()
    };
    assert_eq!(extract(Policy::access()), "alice");
    assert_eq!(extract(Policy::access().refresh_names().locations(&[Location::Header])), "alice");
    assert_eq!(extract(Policy::access()), "alice");
}
