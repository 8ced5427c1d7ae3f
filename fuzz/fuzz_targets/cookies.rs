//! Values of `Cookie` fields and of the CSRF header field. The first byte selects the configuration, and the second the
//! method and the required kind of token. The first line is the CSRF header field, and the others are `Cookie` fields.
//! The bytes 1 to 4, which no field can contain, stand for a token each, and 5 for the CSRF value of the first, so the
//! fuzzer can write them.

#![no_main]

use std::sync::LazyLock;

use http::{HeaderValue, Request};
use jwt_core::keys::Algorithm;
use jwt_core::{Config, ErrorKind, JwtManager, Location, Policy, TokenError};
use jwt_fuzz::{Key, sign};
use libfuzzer_sys::fuzz_target;

struct Reader {
    manager: JwtManager,
    strict: bool,
    protects: bool,
    /// Whether one of several cookies is chosen.
    chooses: bool,
}

static READERS: LazyLock<[Reader; 5]> = LazyLock::new(|| {
    let reader = |config: Config, strict, protects| {
        let chooses = format!("{config:?}").contains("former.example");
        let config = config.token_location([Location::Cookie]).cookie_csrf_protect(protects);
        Reader { manager: jwt_fuzz::strict(config), strict, protects, chooses }
    };
    [
        reader(Config::default(), true, true),
        reader(Config::flask_compatible(), false, true),
        reader(Config::default(), true, false),
        reader(Config::flask_compatible(), false, false),
        reader(Config::default().former_cookie_scopes([("former.example", "/")]), true, true),
    ]
});

const CSRF: &str = "0e984725-c51c-4bf4-9960-e1c80e27aba0";

/// An access token, a refresh token, an access token without a CSRF value, and one with an unknown key.
static TOKENS: LazyLock<[String; 4]> = LazyLock::new(|| {
    let token = |key, kind: &str, id: usize, csrf: &str| {
        let claims = format!(r#"{{"sub":"a","type":"{kind}","jti":"{id}","exp":1900000900{csrf}}}"#);
        sign(key, Algorithm::HS256, br#"{"alg":"HS256","typ":"JWT"}"#, claims.as_bytes())
    };
    let csrf = format!(r#","csrf":"{CSRF}""#);
    [
        token(Key::Own, "access", 0, &csrf),
        token(Key::Own, "refresh", 1, &csrf),
        token(Key::Own, "access", 2, ""),
        token(Key::Stranger, "access", 3, &csrf),
    ]
});

fuzz_target!(|data: &[u8]| {
    let [choice, how, rest @ ..] = data else {
        return;
    };
    let reader = &READERS[usize::from(*choice) % READERS.len()];
    let method = ["GET", "POST", "HEAD", "DELETE", "OPTIONS", "PROPFIND"][usize::from(*how >> 1) % 6];
    let (refresh, name) =
        if how & 1 == 1 { (true, "refresh_token_cookie") } else { (false, "access_token_cookie") };
    let policy = if refresh { Policy::refresh() } else { Policy::access() };

    let mut request = Request::builder().method(method);
    let mut lines = rest.split(|byte| *byte == b'\n').map(written);
    let value = lines.next().and_then(|line| HeaderValue::from_bytes(&line).ok());
    if let Some(value) = &value {
        request = request.header("X-CSRF-TOKEN", value);
    }
    let mut fields = Vec::new();
    for field in lines {
        if let Ok(value) = HeaderValue::from_bytes(&field) {
            request = request.header("Cookie", value);
            fields.push(field);
        }
    }
    let Ok(request) = request.body(()) else {
        return;
    };
    let result = reader.manager.check(&request, &policy);
    let cookies = values(&fields, name);
    match result {
        Err(error) => {
            assert!(reader.manager.respond(&error, &request, &policy).status().is_client_error());
            if matches!(error, TokenError::Missing(_)) {
                let is_empty = cookies.iter().all(Vec::is_empty);
                let is_first = cookies.first().is_some_and(Vec::is_empty);
                assert!(
                    is_empty || (is_first && (reader.chooses || !reader.strict)),
                    "a cookie was overlooked"
                );
            }
            if error.kind() == ErrorKind::CsrfError {
                assert!(reader.protects && !is_safe(method, reader.strict));
            }
        }
        Ok(checked) => {
            let passed =
                reader.manager.complete_now(checked).expect("no loader").expect("nothing more to check");
            // The preset does not look at requests with this method.
            if method == "OPTIONS" && !reader.strict {
                return;
            }
            let token = passed.into_token().expect("a token was checked");
            let id: usize = token.id().expect("all have one").parse().expect("a number");
            assert_eq!(id == 1, refresh, "a token of another kind");
            assert_ne!(id, 3, "a stranger's token");
            assert!(cookies.contains(&TOKENS[id].clone().into_bytes()), "a token from nowhere");
            let most = if reader.chooses { 4 } else { 1 };
            assert!(!reader.strict || cookies.len() <= most, "one of several cookies");
            if reader.protects && !is_safe(method, reader.strict) {
                assert_ne!(id, 2, "a token without a CSRF value");
                let value = value.as_ref().map(HeaderValue::as_bytes).unwrap_or_default();
                assert_eq!(value.trim_ascii(), CSRF.as_bytes(), "another CSRF value");
            }
        }
    }
});

fn is_safe(method: &str, strict: bool) -> bool {
    match method {
        "GET" | "HEAD" | "OPTIONS" => true,
        // The preset protects only four methods, and this is not one of them.
        "PROPFIND" => !strict,
        _ => false,
    }
}

fn written(line: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for byte in line {
        match byte {
            1..=4 => text.extend_from_slice(TOKENS[usize::from(*byte) - 1].as_bytes()),
            5 => text.extend_from_slice(CSRF.as_bytes()),
            other => text.push(*other),
        }
    }
    text
}

/// Returns the values of the cookies with this name. This simple reader knows the separators, and removes spaces and tabs.
fn values(fields: &[Vec<u8>], name: &str) -> Vec<Vec<u8>> {
    let trim = |mut text: Vec<u8>| {
        while text.last().is_some_and(|byte| b" \t".contains(byte)) {
            text.pop();
        }
        while text.first().is_some_and(|byte| b" \t".contains(byte)) {
            text.remove(0);
        }
        text
    };
    let mut values = Vec::new();
    for pair in fields.iter().flat_map(|field| field.split(|byte| *byte == b';')) {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let (Some(found), Some(value)) = (parts.next(), parts.next()) else {
            continue;
        };
        let value = trim(value.to_vec());
        if trim(found.to_vec()) == name.as_bytes() {
            let is_quoted = value.len() >= 2 && value.starts_with(b"\"") && value.ends_with(b"\"");
            values.push(if is_quoted { value[1..value.len() - 1].to_vec() } else { value });
        }
    }
    values
}
