//! Values of `Authorization` fields. The first byte selects the configuration. The rest are the fields, separated by
//! line feeds. The bytes 1 to 5, which no field can contain, stand for one token each, so the fuzzer can write tokens.

#![no_main]

use std::sync::LazyLock;

use http::{HeaderValue, Request};
use jwt_core::keys::Algorithm;
use jwt_core::{Config, JwtManager, Policy, TokenError, TokenKind};
use jwt_fuzz::{Key, sign};
use libfuzzer_sys::fuzz_target;

/// A manager, the field that it reads, and its scheme.
struct Reader {
    manager: JwtManager,
    field: &'static str,
    scheme: &'static str,
    joins: bool,
}

static READERS: LazyLock<[Reader; 6]> = LazyLock::new(|| {
    let reader = |config: Config, field, scheme, joins| {
        let config = config.header_name(field).header_type(scheme);
        Reader { manager: jwt_fuzz::strict(config), field, scheme, joins }
    };
    [
        reader(Config::default(), "Authorization", "Bearer", false),
        reader(Config::flask_compatible(), "Authorization", "Bearer", true),
        reader(Config::default(), "Authorization", "", false),
        reader(Config::flask_compatible(), "Authorization", "", true),
        reader(Config::default(), "X-Token", "JWT-Auth", false),
        reader(Config::flask_compatible(), "X-Token", "JWT-Auth", true),
    ]
});

/// Two access tokens, a refresh token, an expired token, and one with an unknown key.
static TOKENS: LazyLock<[String; 5]> = LazyLock::new(|| {
    let token = |key, kind: &str, id: usize, exp: u64| {
        let claims = format!(r#"{{"sub":"a","type":"{kind}","jti":"{id}","exp":{exp}}}"#);
        sign(key, Algorithm::HS256, br#"{"alg":"HS256","typ":"JWT"}"#, claims.as_bytes())
    };
    [
        token(Key::Own, "access", 0, 1_900_000_900),
        token(Key::Own, "access", 1, 1_900_000_900),
        token(Key::Own, "refresh", 2, 1_900_000_900),
        token(Key::Own, "access", 3, 1_899_999_999),
        token(Key::Stranger, "access", 4, 1_900_000_900),
    ]
});

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let reader = &READERS[usize::from(*choice) % READERS.len()];
    let mut request = Request::builder().method("POST");
    let mut fields = Vec::new();
    for line in rest.split(|byte| *byte == b'\n') {
        let mut field = Vec::new();
        for byte in line {
            match TOKENS.get(usize::from(*byte).wrapping_sub(1)) {
                Some(token) => field.extend_from_slice(token.as_bytes()),
                None => field.push(*byte),
            }
        }
        if let Ok(value) = HeaderValue::from_bytes(&field) {
            request = request.header(reader.field, value);
            fields.push(field);
        }
    }
    let Ok(request) = request.body(()) else {
        return;
    };
    check(reader, &fields, &request);
});

fn check(reader: &Reader, fields: &[Vec<u8>], request: &Request<()>) {
    let manager = &reader.manager;
    let result = manager.check(request, &Policy::any());
    match &result {
        Err(error) => {
            let answer = manager.respond(error, request, &Policy::any());
            assert!(answer.status().is_client_error());
            let expired = matches!(error, TokenError::Expired(_));
            assert!(!expired || stands(fields, 3), "an expired token from nowhere");
        }
        Ok(_) => assert!([0, 1, 2].into_iter().any(|id| stands(fields, id)), "a token from nowhere"),
    }
    let is_missing = matches!(result, Err(TokenError::Missing(_)));
    if let Some(expected) = plain(reader, fields) {
        assert_eq!(result.is_ok(), expected < 3, "a plain field must be read as it is");
        assert!(!is_missing);
    }
    if let Ok(checked) = result {
        let passed = manager.complete_now(checked).expect("no loader").expect("nothing more to check");
        let token = passed.into_token().expect("a token was checked");
        let id: usize = token.id().expect("all have one").parse().expect("a number");
        let fields_with_it = fields.iter().filter(|field| contains(field, &TOKENS[id])).count();
        assert!(fields_with_it > 0, "another token than the one that was sent");
        assert!(reader.joins || fields.len() == 1, "a token among several fields");
        let kind = if id == 2 { TokenKind::REFRESH } else { TokenKind::ACCESS };
        assert_eq!(token.kind(), kind.as_str());
        assert_eq!(manager.check(request, &Policy::access()).is_ok(), id != 2);
        assert_eq!(manager.check(request, &Policy::refresh()).is_ok(), id == 2);
        if !reader.joins {
            assert!(is_alone(reader, &fields[0], &TOKENS[id]), "more than the scheme and one token");
        }
    }
    // An optional guard lets a request pass without a token only if there is none.
    match manager.check(request, &Policy::any().optional()) {
        Ok(checked) => {
            let passed = manager.complete_now(checked).expect("no loader").expect("nothing more to check");
            assert_eq!(passed.token().is_none(), is_missing);
        }
        Err(_) => assert!(!is_missing),
    }
}

/// Returns whether the field contains the scheme, spaces, and this token, and nothing else (RFC 6750, 2.1).
fn is_alone(reader: &Reader, field: &[u8], token: &str) -> bool {
    let Some(before) = field.trim_ascii().strip_suffix(token.as_bytes()) else {
        return false;
    };
    let scheme = before.strip_suffix(b" ").map(<[u8]>::trim_ascii_end);
    scheme.unwrap_or(before).eq_ignore_ascii_case(reader.scheme.as_bytes())
        && (scheme.is_some() || reader.scheme.is_empty())
}

/// Returns the index of the token if there is only one field and it contains the scheme, a space, and the token.
fn plain(reader: &Reader, fields: &[Vec<u8>]) -> Option<usize> {
    let [field] = fields else {
        return None;
    };
    TOKENS.iter().position(|token| {
        let plain = match reader.scheme {
            "" => token.clone(),
            scheme => format!("{scheme} {token}"),
        };
        *field == plain.as_bytes()
    })
}

fn stands(fields: &[Vec<u8>], id: usize) -> bool {
    fields.iter().any(|field| contains(field, &TOKENS[id]))
}

fn contains(field: &[u8], token: &str) -> bool {
    field.windows(token.len()).any(|window| window == token.as_bytes())
}
