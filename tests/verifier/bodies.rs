//! Bodies of arbitrary bytes, as a location for tokens and CSRF values.

use http::Request;
use jwt_core::adapter::BufferedBody;
use jwt_core::{Config, JwtManager, Location, Policy};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::properties::cases;

const CONTENT_TYPES: [&str; 5] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=sep",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\"a b\"; boundary=sep",
];

fn manager() -> JwtManager {
    let config = Config::default().token_location([Location::Json, Location::Cookie]);
    let config = config.csrf_check_form(true).buffered_body(1 << 16);
    JwtManager::builder(config).secret("M9ImFW05qAYGUk6niJUo45kYbbOfSetYY926KmmQvTfQaBU8").build().unwrap()
}

/// Pieces of valid bodies, and pieces that break them.
const PIECES: [&str; 16] = [
    "--sep",
    "--sep--",
    "\r\n",
    "Content-Disposition: form-data; name=\"csrf_token\"",
    "Content-Disposition: form-data; name=\"x\"; filename=\"csrf_token\"",
    "Content-Type: text/plain; charset=utf-16",
    "csrf_token=",
    "&",
    "%",
    "{\"access_token\":",
    "{",
    "}",
    "[",
    "\"",
    "\\u",
    ",",
];

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => proptest::sample::select(&PIECES[..]).prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn no_body_makes_a_check_panic_or_pass(
        content_type in proptest::sample::select(&CONTENT_TYPES[..]),
        pieces in vec(piece(), 0..24),
    ) {
        let jwt = manager();
        let token = jwt.access_token("alice").encode().unwrap();
        let mut request = Request::post("/").header("content-type", content_type);
        request = request.header("cookie", format!("access_token_cookie={token}"));
        let mut request = request.body(()).unwrap();
        request.extensions_mut().insert(BufferedBody(pieces.concat().into()));
        // The expected value is a random UUID, and the body does not contain a token.
        prop_assert!(jwt.check(&request, &Policy::access()).is_err());
    }
}
