//! Rules of the application, which see the token and the request.

use std::sync::{Arc, Mutex};

use http::Request;
use jwt_core::error::{InvalidRequest, Misuse};
use jwt_core::mcp::ToolScopes;
use jwt_core::{
    Config, ErrorKind, JwtManager, Policy, RequestInfo, RequestView as _, Rule, Token, TokenError, Verdict,
};

use crate::refusals::{json_of, respond};
use crate::support::{authenticate, bearer, block_on, builder, manager, refused, token};

fn is_owner(token: &Token, request: &RequestInfo) -> bool {
    request.path().split('/').nth(2) == Some(token.identity())
}

fn by_method(_: &Token, request: &RequestInfo) -> Verdict {
    match request.method() {
        "GET" | "HEAD" => Verdict::permit(),
        "DELETE" => Verdict::requires(["role:admin"]),
        _ => Verdict::requires_scopes(["write", "audit"]),
    }
}

const OWNER: Policy = Policy::access().rule(&is_owner);
const BY_METHOD: Policy = Policy::access().scopes(&["read"]).rule(&by_method);

fn asked(method: &str, target: &str, changes: &[(&str, &str)]) -> Request<()> {
    let authorization = format!("Bearer {}", token(changes));
    Request::builder().method(method).uri(target).header("authorization", authorization).body(()).unwrap()
}

fn kind(jwt: &JwtManager, request: &Request<()>, policy: &Policy) -> Option<ErrorKind> {
    authenticate(jwt, request, policy).err().map(|error| error.kind())
}

#[test]
fn a_rule_sees_the_token_and_the_request() {
    let jwt = manager(Config::default());
    assert_eq!(kind(&jwt, &asked("GET", "/users/alice?x=/users/bob/", &[]), &OWNER), None);
    assert_eq!(kind(&jwt, &asked("GET", "/users/bob", &[]), &OWNER), Some(ErrorKind::Forbidden));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sees = seen.clone();
    let policy = Policy::access().with_rule(move |token: &Token, request: &RequestInfo| {
        let of = |name| request.header(name).map(String::from);
        sees.lock().unwrap().push((token.identity().to_owned(), of("X-Tenant"), of("x-bytes"), of("host")));
        assert_eq!((request.path(), request.query(), request.body()), ("/a%2Fb", Some("c=d"), None));
        assert_eq!(request.headers().get_all("x-tenant").iter().count(), 2);
        true
    });
    let mut request = asked("POST", "http://api.example/a%2Fb?c=d", &[]);
    for (name, value) in [("x-tenant", &b"acme"[..]), ("x-tenant", b"other"), ("x-bytes", b"\xff")] {
        request.headers_mut().append(name, http::HeaderValue::from_bytes(value).unwrap());
    }
    assert_eq!(kind(&jwt, &request, &policy), None);
    let expected = ("alice".to_owned(), Some("acme".to_owned()), None, Some("api.example".to_owned()));
    assert_eq!(*seen.lock().unwrap(), [expected]);
}

#[test]
fn the_response_to_a_denial_is_a_403() {
    let jwt = manager(Config::default());
    let error = refused(authenticate(&jwt, &asked("GET", "/users/bob", &[]), &OWNER));
    assert_eq!(error.token().unwrap().identity(), "alice");
    let answer = respond(&jwt, &error);
    assert_eq!(answer.status(), 403);
    assert_eq!(json_of(&answer)["msg"], "Token does not permit the request");
}

#[test]
fn one_response_names_what_the_policy_and_its_rules_require() {
    let config = Config::default().authority_hierarchy([("role:root", ["write", "audit", "role:admin"])]);
    let jwt = manager(config);
    let lacking = |method: &str, scope: &str, roles: &str| {
        let roles = format!("[{roles:?}]");
        let request = asked(method, "/", &[("scope", &format!("{scope:?}")), ("roles", &roles)]);
        match authenticate(&jwt, &request, &BY_METHOD) {
            Ok(_) => None,
            Err(TokenError::InsufficientScope { required, .. }) => Some(required.scope().map(String::from)),
            Err(other) => panic!("{other:?}"),
        }
    };
    let all = Some(Some("read write audit".to_owned()));
    assert_eq!(lacking("GET", "read", ""), None);
    assert_eq!(lacking("GET", "write", ""), Some(Some("read".to_owned())));
    assert_eq!(lacking("POST", "read write audit", ""), None);
    assert_eq!(lacking("POST", "read write", ""), all);
    assert_eq!(lacking("POST", "write audit", ""), all);
    assert_eq!(lacking("POST", "", ""), all);
    // A role is not a scope, but it can include one.
    assert_eq!(lacking("POST", "read audit", "write"), all);
    assert_eq!(lacking("POST", "read", "root"), None);
    assert_eq!(lacking("DELETE", "read", "admin"), None);
    assert_eq!(lacking("DELETE", "read", "root"), None);
    assert_eq!(lacking("DELETE", "read role:admin", ""), Some(Some("read".to_owned())));
}

#[test]
fn missing_authorities_precede_a_denial() {
    let jwt = manager(Config::default());
    let policy = Policy::access()
        .scopes(&["read"])
        .with_rule(|_: &Token, _: &RequestInfo| false)
        .with_rule(|_: &Token, _: &RequestInfo| Verdict::requires_scopes(["write"]));
    let of = |scope: &str| kind(&jwt, &asked("GET", "/", &[("scope", scope)]), &policy);
    assert_eq!(of(r#""read""#), Some(ErrorKind::InsufficientScope));
    assert_eq!(of(r#""read write""#), Some(ErrorKind::Forbidden));
}

#[test]
fn a_rule_can_wait_and_fail() {
    let jwt = manager(Config::default());
    let later = |answer: Result<bool, &'static str>| {
        Policy::access().with_rule(move |_: &Token, _: &RequestInfo| {
            Verdict::later(async move {
                std::future::ready(()).await;
                answer
            })
        })
    };
    let now = |answer: Result<bool, &'static str>| {
        Policy::access().with_rule(move |_: &Token, _: &RequestInfo| answer)
    };
    for (answer, expected) in [
        (Ok(true), None),
        (Ok(false), Some(ErrorKind::Forbidden)),
        (Err("down"), Some(ErrorKind::Unavailable)),
    ] {
        for policy in [later(answer), now(answer)] {
            assert_eq!(kind(&jwt, &asked("GET", "/", &[]), &policy), expected);
        }
    }
    let malformed = Policy::access().with_rule(|_: &Token, _: &RequestInfo| Verdict::malformed());
    let error = refused(authenticate(&jwt, &asked("GET", "/", &[]), &malformed));
    assert_eq!(respond(&jwt, &error).status(), 400);
}

#[test]
fn rules_are_called_after_revocation_and_only_with_a_token() {
    let calls = Arc::new(Mutex::new(0));
    let counts = calls.clone();
    let policy = Policy::access().optional().with_rule(move |_: &Token, _: &RequestInfo| {
        *counts.lock().unwrap() += 1;
        true
    });
    let revoking = builder(Config::default())
        .token_in_blocklist_loader(|token: Token| async move { token.identity() == "bob" })
        .build()
        .unwrap();
    assert_eq!(
        kind(&revoking, &asked("GET", "/", &[("sub", "\"bob\"")]), &policy),
        Some(ErrorKind::RevokedToken)
    );
    assert_eq!(kind(&revoking, &Request::new(()), &policy), None);
    assert_eq!(kind(&revoking, &asked("GET", "/", &[("exp", "1")]), &policy), Some(ErrorKind::ExpiredToken));
    assert_eq!(*calls.lock().unwrap(), 0);
    assert_eq!(kind(&revoking, &asked("GET", "/", &[]), &policy), None);
    assert_eq!(*calls.lock().unwrap(), 1);
}

#[test]
fn the_rule_of_a_manager_is_for_every_token() {
    let jwt = builder(Config::default())
        .token_verification_rule(|_: &Token, request: &RequestInfo| {
            request.header("x-network") == Some("lan")
        })
        .build()
        .unwrap();
    let mut request = asked("GET", "/", &[]);
    assert_eq!(kind(&jwt, &request, &Policy::any()), Some(ErrorKind::TokenVerificationFailed));
    request.headers_mut().insert("x-network", "lan".parse().unwrap());
    assert_eq!(kind(&jwt, &request, &Policy::any()), None);
}

#[test]
fn a_token_without_a_request_needs_one_for_a_rule() {
    let jwt = manager(Config::default());
    let verify = |path: Option<&str>| {
        let token = token(&[]);
        block_on(async {
            match path {
                None => jwt.verify(&token, &OWNER).await,
                Some(path) => jwt.verify_in(&token, &OWNER, &Request::get(path).body(()).unwrap()).await,
            }
        })
        .err()
    };
    assert!(matches!(verify(None), Some(TokenError::Misuse(Misuse::NoRequest))));
    assert!(matches!(verify(Some("/users/bob")), Some(TokenError::Forbidden(_))));
    assert!(verify(Some("/users/alice")).is_none());
}

/// A rule that reads up to eight bytes.
struct Short;

impl Rule for Short {
    fn check(&self, _: &Token, request: &RequestInfo) -> Verdict {
        request.body().is_some_and(|body| body.starts_with(b"ok")).into()
    }

    fn body_limit(&self) -> Option<usize> {
        Some(8)
    }
}

#[test]
fn a_rule_that_reads_the_body_is_not_called_without_it() {
    let jwt = manager(Config::default());
    let policy = Policy::access().rule(&Short);
    let token = token(&[]);
    let info = bearer(&token).info();
    let verify = |info: RequestInfo| block_on(jwt.verify_in(&token, &policy, info)).err();
    assert!(matches!(verify(info.clone()), Some(TokenError::Misuse(Misuse::RuleWithoutBody))));
    assert!(matches!(verify(info.clone().with_body("no")), Some(TokenError::Forbidden(_))));
    assert!(verify(info.clone().with_body("ok 45678")).is_none());
    let large = verify(info.with_body("ok 456789"));
    assert!(matches!(large, Some(TokenError::InvalidRequest(InvalidRequest::BodyTooLarge))));
}

#[test]
#[should_panic(expected = "a policy can have one call of rule()")]
fn a_second_constant_rule_would_replace_the_first() {
    let _ = OWNER.rule(&by_method);
}

#[test]
fn debug_shows_nothing_of_rules_and_requests() {
    let policy = OWNER.with_rule(|_: &Token, _: &RequestInfo| true);
    assert!(format!("{policy:?}").contains("Rules(1)"), "{policy:?}");
    assert_eq!(format!("{:?}", asked("GET", "/secret", &[]).info()), "RequestInfo { .. }");
}

const TOOLS: ToolScopes = ToolScopes::new(&[("list", &[]), ("delete", &["write", "audit"])])
    .methods(&[("resources/read", &["files"])]);

#[test]
fn tools_need_their_scopes() {
    let jwt = manager(Config::default());
    let policies = [
        Policy::access().scopes(&["read"]).rule(&TOOLS),
        Policy::access().scopes(&["read"]).with_rule(
            ToolScopes::try_new([("list".to_owned(), vec![]), ("delete".to_owned(), vec!["write", "audit"])])
                .unwrap()
                .methods(&[("resources/read", &["files"])]),
        ),
    ];
    let call = |tool: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}"}}}}"#)
    };
    let other = |method: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"}}"#);
    for policy in &policies {
        let status = |scope: &str, method: &str, body: String| {
            let token = token(&[("scope", &format!("{scope:?}"))]);
            let info = RequestInfo::new(method, "/mcp", None, http::HeaderMap::new()).with_body(body);
            match block_on(jwt.verify_in(&token, policy, info)) {
                Ok(_) => 200,
                Err(error) => respond(&jwt, &error).status().as_u16(),
            }
        };
        assert_eq!(status("read", "POST", call("list")), 200);
        assert_eq!(status("read", "POST", call("delete")), 403);
        assert_eq!(status("read write", "POST", call("delete")), 403);
        assert_eq!(status("read write audit", "POST", call("delete")), 200);
        assert_eq!(status("write audit", "POST", call("delete")), 403);
        assert_eq!(status("read write audit", "POST", call("drop")), 403);
        assert_eq!(status("read", "POST", other("tools/list")), 200);
        assert_eq!(status("read", "POST", other("resources/read")), 403);
        assert_eq!(status("read files", "POST", other("resources/read")), 200);
        assert_eq!(status("read", "POST", String::new()), 400);
        assert_eq!(status("read", "POST", format!("[{}]", call("list"))), 400);
        assert_eq!(status("read", "GET", String::new()), 200);
        assert_eq!(status("read", "DELETE", String::new()), 200);
        assert_eq!(status("read", "GET", call("delete")), 403);
        assert_eq!(status("", "GET", String::new()), 403);
    }
    for tools in [vec![("", vec![])], vec![("a", vec![]), ("a", vec![])], vec![("a", vec!["b c"])]] {
        assert!(ToolScopes::try_new(tools).is_err());
    }
    let open = Policy::access().with_rule(TOOLS.other_tools(&["misc"]));
    let info = RequestInfo::new("POST", "/", None, http::HeaderMap::new()).with_body(call("drop"));
    for (scope, passes) in [("\"misc\"", true), ("\"read\"", false)] {
        assert_eq!(block_on(jwt.verify_in(&token(&[("scope", scope)]), &open, info.clone())).is_ok(), passes);
    }
}

#[test]
fn missing_authorities_precede_everything_else_that_a_rule_can_say() {
    let jwt = manager(Config::default());
    let polled = Arc::new(Mutex::new(0));
    let verdicts: [fn() -> Verdict; 3] =
        [Verdict::malformed, Verdict::deny, || Err::<bool, _>("the database is down").into()];
    for (verdict, kind_of) in
        verdicts.into_iter().zip([ErrorKind::InvalidRequest, ErrorKind::Forbidden, ErrorKind::Unavailable])
    {
        let polls = polled.clone();
        let policy = Policy::access()
            .scopes(&["read"])
            .with_rule(move |_: &Token, _: &RequestInfo| verdict())
            .with_rule(move |_: &Token, _: &RequestInfo| {
                let polls = polls.clone();
                Verdict::later(async move {
                    *polls.lock().unwrap() += 1;
                    true
                })
            });
        assert_eq!(kind(&jwt, &asked("GET", "/", &[]), &policy), Some(ErrorKind::InsufficientScope));
        assert_eq!(kind(&jwt, &asked("GET", "/", &[("scope", r#""read""#)]), &policy), Some(kind_of));
    }
    assert_eq!(*polled.lock().unwrap(), 0);
}

#[test]
fn verdicts_combine() {
    let jwt = manager(Config::default());
    let policy = Policy::access().with_rule(|_: &Token, request: &RequestInfo| {
        let later = Verdict::later(async { Verdict::requires_scopes(["late"]) });
        Verdict::requires_scopes(["early"]).and(request.method() == "GET").and(later)
    });
    let of = |method: &str, scope: &str| kind(&jwt, &asked(method, "/", &[("scope", scope)]), &policy);
    assert_eq!(of("GET", r#""early late""#), None);
    assert_eq!(of("GET", r#""early""#), Some(ErrorKind::InsufficientScope));
    assert_eq!(of("GET", r#""late""#), Some(ErrorKind::InsufficientScope));
    assert_eq!(of("POST", r#""early late""#), Some(ErrorKind::Forbidden));
    assert_eq!(Verdict::permit().and(true).is_permitted(), Some(true));
    assert_eq!(Verdict::permit().and(false).is_permitted(), Some(false));
    assert_eq!(Verdict::requires(["a"]).and(true).is_permitted(), None);
    assert_eq!(Verdict::later(async { true }).is_permitted(), None);
    assert_eq!(Verdict::from(Err::<bool, _>("down")).is_permitted(), None);
    assert_eq!(
        Verdict::requires(["a"]).and(Verdict::requires(["b"])).required().collect::<Vec<_>>(),
        ["a", "b"]
    );
}

#[test]
fn an_invalid_name_is_never_held() {
    let jwt = manager(Config::default());
    for name in ["", "a b", "\"", "a\u{7}"] {
        let policy =
            Policy::access().with_rule(move |_: &Token, _: &RequestInfo| Verdict::requires_scopes([name]));
        let request = asked("GET", "/", &[("scope", r#""a b""#)]);
        let error = refused(authenticate(&jwt, &request, &policy));
        let answer = respond(&jwt, &error);
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(!challenge.contains("scope=\""), "{challenge}");
    }
}

#[test]
fn the_rule_of_a_manager_cannot_read_bodies() {
    let error = builder(Config::default()).token_verification_rule(Short).build().unwrap_err();
    assert!(error.to_string().starts_with("token_verification_rule must not have a body limit"), "{error}");
}

#[test]
fn a_shared_rule_is_a_rule() {
    let jwt = manager(Config::default());
    let rule: Arc<dyn Rule> = Arc::new(is_owner);
    let policy = Policy::access().with_rule(rule);
    assert_eq!(kind(&jwt, &asked("GET", "/users/alice", &[]), &policy), None);
    assert_eq!(kind(&jwt, &asked("GET", "/users/bob", &[]), &policy), Some(ErrorKind::Forbidden));
}

#[test]
fn rules_that_require_too_much_deny() {
    let jwt = manager(Config::default());
    let names: Vec<String> = (0..10_000).map(|number| format!("s{number}")).collect();
    let scope = format!("{:?}", names[..100].join(" "));
    for (count, expected) in
        [(64, None), (65, Some(ErrorKind::Forbidden)), (10_000, Some(ErrorKind::Forbidden))]
    {
        let names = names[..count].to_vec();
        let policy = Policy::access()
            .with_rule(move |_: &Token, _: &RequestInfo| Verdict::requires_scopes(names.clone()));
        assert_eq!(kind(&jwt, &asked("GET", "/", &[("scope", &scope)]), &policy), expected, "{count}");
    }
    let long = Policy::access().with_rule(|_: &Token, _: &RequestInfo| Verdict::requires(["a".repeat(257)]));
    assert_eq!(kind(&jwt, &asked("GET", "/", &[]), &long), Some(ErrorKind::Forbidden));
}

#[test]
fn an_encoded_body_is_not_read() {
    let jwt = manager(Config::default());
    let policy = Policy::access().rule(&TOOLS);
    let status = |encoding: Option<&'static str>| {
        let headers = encoding.map(|encoding| (http::header::CONTENT_ENCODING, encoding.parse().unwrap()));
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list"}}"#;
        let info = RequestInfo::new("POST", "/", None, headers.into_iter().collect()).with_body(body);
        block_on(jwt.verify_in(&token(&[]), &policy, info))
            .map_or_else(|error| respond(&jwt, &error).status().as_u16(), |_| 200)
    };
    assert_eq!(
        [None, Some("identity"), Some("br"), Some("identity, gzip")].map(status),
        [200, 200, 400, 400]
    );
}
