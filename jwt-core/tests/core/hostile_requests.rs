//! `Authorization` fields that nobody sends by accident. A handler responds to each of them.

use bytes::Bytes;
use http::{Response, StatusCode};
use jwt_core::{
    Config, ErrorHandlers, ErrorResponse, JwtManager, Policy, Refusal, RequestInfo, RequestView, TokenError,
};

use crate::support::{authenticate, both, builder, manager, token};

/// A request with `Authorization` fields of any bytes and length, including some that `http` would not allow.
pub(crate) struct Raw<'a>(pub(crate) &'a [&'a [u8]]);

impl RequestView for Raw<'_> {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        "/"
    }

    fn info(&self) -> RequestInfo {
        RequestInfo::new("GET", "/", None, http::HeaderMap::new())
    }

    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        if name == "authorization" {
            self.0.iter().for_each(|field| each(field));
        }
    }
}

/// Responds with the name of its method and a status that nothing else uses.
struct Named;

macro_rules! named {
    ($($name:ident)+) => {$(
        fn $name(&self, refusal: &Refusal<'_>) -> ErrorResponse {
            assert!(!refusal.reason().is_empty());
            ErrorResponse::text(StatusCode::IM_A_TEAPOT, stringify!($name))
        }
    )+};
}

impl ErrorHandlers for Named {
    named! {
        unauthorized invalid_token expired_token revoked_token needs_fresh_token token_verification_failed
        user_lookup_error csrf_error reused_token invalid_request forbidden insufficient_scope insufficient_user_authentication
        unavailable
    }
}

/// A manager whose responses show which handler was called, and a manager with the default responses.
pub(crate) struct Judge {
    named: JwtManager,
    default: JwtManager,
}

impl Judge {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            named: builder(config.clone()).error_handlers(Named).build().unwrap(),
            default: manager(config.clone()),
        }
    }

    /// Returns the handler that responded, or "passed" if no handler was called.
    pub(crate) fn verdict(&self, view: &dyn RequestView, policy: &Policy) -> String {
        let Err(error) = authenticate(&self.named, view, policy) else {
            return "passed".into();
        };
        let answer = self.respond(&error, view, policy);
        assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT, "not a handler's answer");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        String::from_utf8(answer.body().to_vec()).unwrap()
    }

    fn respond(&self, error: &TokenError, view: &dyn RequestView, policy: &Policy) -> Response<Bytes> {
        let answer = self.default.respond(error, view, policy);
        assert!(answer.status().is_client_error(), "{}", answer.status());
        assert!(serde_json::from_slice::<serde_json::Value>(answer.body()).is_ok());
        self.named.respond(error, view, policy)
    }
}

fn repeated(text: &str, bytes: usize) -> Vec<u8> {
    text.repeat(bytes.div_ceil(text.len())).into_bytes()
}

fn with_scheme(rest: &[u8]) -> Vec<u8> {
    [b"Bearer ", rest].concat()
}

const KB_60: usize = 60 * 1024;
const MB: usize = 1024 * 1024;
const MB_10: usize = 10 * MB;

/// The fields, and the handlers that respond with the default and with the flask-compatible configuration.
type Case = (&'static str, Vec<Vec<u8>>, [&'static str; 2]);

fn same(what: &'static str, field: impl Into<Vec<u8>>, answered: &'static str) -> Case {
    (what, vec![field.into()], [answered; 2])
}

fn cases() -> Vec<Case> {
    let good = with_scheme(token(&[]).as_bytes());
    let two = ["invalid_request", "unauthorized"];
    vec![
        same("nothing", "", "unauthorized"),
        same("commas", ", ,", "unauthorized"),
        same("a word behind commas", ", ,foo", "unauthorized"),
        same("60 KB of a word", repeated("a", KB_60), "unauthorized"),
        same("60 KB of a token", with_scheme(&repeated("a", KB_60)), "invalid_token"),
        same("60 KB of dots", with_scheme(&repeated(".", KB_60)), "invalid_token"),
        same("10 MB of a word", repeated("a", MB_10), "unauthorized"),
        same("10 MB of a token", with_scheme(&repeated("a", MB_10)), "invalid_token"),
        same("10 MB of commas", repeated(", ", MB_10), "unauthorized"),
        same("a MB of spaces", repeated(" ", MB), "unauthorized"),
        same("a MB of words", with_scheme(&repeated("a ", MB)), "invalid_token"),
        ("10 MB of tokens", vec![repeated("Bearer a,", MB_10)], two),
        (
            "a good token behind a MB",
            vec![[repeated("a,", MB), good.clone()].concat()],
            ["invalid_request", "passed"],
        ),
        ("a good token and a comma", vec![[&*good, b","].concat()], ["invalid_token", "passed"]),
        same("no UTF-8", b"\xff\xfe\x80".as_slice(), "unauthorized"),
        same("no UTF-8 in the scheme", b"Beare\xff x".as_slice(), "unauthorized"),
        same("no UTF-8 in the token", b"Bearer \xff.\xfe.\x80".as_slice(), "invalid_token"),
        same("no UTF-8 behind a good token", [&*good, b"\xff"].concat(), "invalid_token"),
        same("a NUL", b"Bearer \0".as_slice(), "invalid_token"),
        same("a line break", b"Bearer a\r\nX-Role: admin".as_slice(), "invalid_token"),
        same("no token", "Bearer", "invalid_token"),
        same("two words", "Bearer a b", "invalid_token"),
        ("two tokens in a field", vec![b"Bearer a, Bearer b".to_vec()], two),
        ("a token twice", vec![good.clone(), good.clone()], two),
        ("empty twice", vec![vec![], vec![]], two),
        ("no UTF-8 twice", vec![b"\xff".to_vec(), b"\xff".to_vec()], two),
        ("ten thousand fields", vec![b"Bearer a".to_vec(); 10_000], two),
        ("another scheme first", vec![b"Basic x".to_vec(), good.clone()], ["invalid_request", "passed"]),
        (
            "another scheme and rubbish",
            vec![b"Basic x".to_vec(), with_scheme(b"\xff")],
            ["invalid_request", "invalid_token"],
        ),
        same("a good token", good, "passed"),
    ]
}

fn verdicts(fields: &[Vec<u8>], policy: &Policy) -> [String; 2] {
    let fields: Vec<_> = fields.iter().map(Vec::as_slice).collect();
    both().map(|config| Judge::new(&config).verdict(&Raw(&fields), policy))
}

#[test]
fn every_field_is_answered_by_the_right_handler() {
    for (what, fields, answered) in cases() {
        assert_eq!(verdicts(&fields, &Policy::access()), answered, "{what}");
    }
}

#[test]
fn an_optional_token_forgives_its_absence_and_nothing_more() {
    for (what, fields, answered) in cases().into_iter().filter(|(what, ..)| !what.contains("MB")) {
        let answered = answered.map(|name| if name == "unauthorized" { "passed" } else { name });
        assert_eq!(verdicts(&fields, &Policy::access().optional()), answered, "{what}");
    }
}

#[test]
fn where_the_header_is_the_bare_token_the_same_holds() {
    for config in both() {
        let judge = Judge::new(&config.header_type(""));
        let good = token(&[]);
        for (field, answered) in [
            (b"".as_slice(), "unauthorized"),
            (b", ,", "unauthorized"),
            (b" ,, ,\t,", "unauthorized"),
            (b", ,foo", "invalid_token"),
            (b"\xff", "invalid_token"),
            (b"Bearer x", "invalid_token"),
            (&repeated("a", MB_10), "invalid_token"),
            (&repeated("a,", KB_60), "invalid_token"),
            (good.as_bytes(), "passed"),
        ] {
            assert_eq!(judge.verdict(&Raw(&[field]), &Policy::access()), answered);
        }
    }
}

#[test]
fn a_limit_of_ten_megabytes_is_not_dangerous_either() {
    for config in both() {
        let judge = Judge::new(&config.max_token_bytes(MB_10 * 2));
        for rest in ["a", ".", "=", "é", "a.b.", "AAAA"] {
            let field = with_scheme(&repeated(rest, if rest == "AAAA" { MB_10 } else { MB }));
            assert_eq!(judge.verdict(&Raw(&[&field]), &Policy::access()), "invalid_token", "{rest}");
        }
    }
}
