//! Headers and payloads that are not JSON or are excessively large, signed with the correct key.

use jwt_core::Config;
use jwt_core::error::{InvalidToken, Segment};

use crate::hostile_tokens::{assert_invalid, header_with};
use crate::support::{HEADER, both, has_number, invalid, manager, payload, sign, token};

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn segments_are_one_json_object_each() {
    let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for json in [
        b"".as_slice(),
        b" ",
        b"5",
        b"\"x\"",
        b"null",
        b"true",
        b"[]",
        b"[{}]",
        b"{",
        b"}",
        b"{}{}",
        b"{},",
        b"{'a':1}",
        b"{\"a\":1,}",
        b"{\"a\"}",
        b"{\"a\":}",
        b"{a:1}",
        b"{5:1}",
        b"{\"a\":NaN}",
        b"{\"a\":01}",
        b"{\"a\":\"\n\"}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"\\ud800\":1}",
        b"{}\0",
        b"\xef\xbb\xbf{}",
        b"{\"a\":\"\xff\"}",
        b"\xff",
        b"/**/{}",
        &utf16,
    ] {
        let what = String::from_utf8_lossy(json);
        assert_invalid(&sign(json, payload(&[])), Some(InvalidToken::Json(Segment::Header)), &what);
        assert_invalid(&sign(HEADER, json), Some(InvalidToken::Json(Segment::Payload)), &what);
        assert_invalid(
            &sign(header_with(r#""x":1"#), json),
            Some(InvalidToken::Json(Segment::Payload)),
            &what,
        );
    }
}

#[test]
fn names_that_stand_twice_are_refused() {
    for members in [
        r#""alg":"HS256""#,
        r#""\u0061lg":"none""#,
        r#""typ":"JWT","typ":"JWT""#,
        r#""x":1,"x":1"#,
        r#""x":1,"y":2,"\u0078":3"#,
        r#""kid":"a","kid":"a""#,
    ] {
        assert_invalid(
            &sign(header_with(members), payload(&[])),
            Some(InvalidToken::Json(Segment::Header)),
            members,
        );
    }
    let good = payload(&[]);
    for members in [
        r#""sub":"bob""#,
        r#""s\u0075b":"bob""#,
        r#""exp":9999999999"#,
        r#""x":1,"x":1"#,
        r#""x":1,"\u0078":1"#,
        r#""aud":"a","aud":"a""#,
        r#""scope":"a","scope":"b""#,
        r#""":1,"":2"#,
    ] {
        let text = good.replacen('{', &format!("{{{members},"), 1);
        assert_invalid(&sign(HEADER, &text), Some(InvalidToken::Json(Segment::Payload)), &text);
    }
}

#[test]
fn nesting_of_a_hundred_thousand_levels_breaks_nothing() {
    let deep = nested(100_000);
    let objects = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    for deep in [&deep, &objects] {
        for name in ["x", "alg", "kid", "crit", "b64"] {
            let header = format!(r#"{{"{name}":{deep}}}"#);
            assert_invalid(&sign(header, payload(&[])), None, name);
        }
        for name in ["x", "sub", "exp", "nbf", "iat", "iss", "aud", "jti", "type", "fresh", "scope"] {
            assert_invalid(&token(&[(name, deep)]), None, name);
        }
        assert_invalid(&sign(deep, deep), None, "both");
        assert_invalid(&sign(HEADER, deep), Some(InvalidToken::Json(Segment::Payload)), "payload");
    }
    let open = "[".repeat(100_000);
    assert_invalid(
        &sign(HEADER, format!(r#"{{"x":{open}"#)),
        Some(InvalidToken::Json(Segment::Payload)),
        "open",
    );
    assert_invalid(&token(&[("scope", &open)]), Some(InvalidToken::Json(Segment::Payload)), "open scope");
}

#[test]
fn numbers_out_of_range_are_refused() {
    let strict = manager(Config::default());
    let nines = "9".repeat(10_000);
    for number in ["1e999", "-1e999", "1e308", "9223372036854775808", &nines, &format!("1e{}", &nines[..400])]
    {
        for claim in ["exp", "nbf", "iat", "fresh"] {
            let why = InvalidToken::ClaimType(claim.into());
            assert_eq!(invalid(strict.decode(&token(&[(claim, number)]))), why, "{:.20}", number);
        }
    }
    for number in ["1e999", "-1e999"].into_iter().filter(|number| !has_number(number)) {
        assert_invalid(&token(&[("x", number)]), Some(InvalidToken::Json(Segment::Payload)), number);
        assert_invalid(&sign(header_with(&format!(r#""x":{number}"#)), payload(&[])), None, number);
    }
}

#[test]
fn what_nobody_could_read_is_refused_in_every_claim() {
    let deep = nested(127);
    for value in [r#""\ud800""#, &deep, r#"{"$serde_json::private::RawValue":"{}"}"#] {
        for claim in ["sub", "jti", "iss", "aud", "type", "scope", "client_id", "csrf", "sid", "other"] {
            assert!(
                manager(Config::default()).decode(&token(&[(claim, value)])).is_err(),
                "{claim}: {value:.30}"
            );
        }
    }
}

#[test]
fn a_name_that_means_something_to_the_reader_is_not_an_identity_either() {
    let name = "$serde_json::private::RawValue";
    let jwt = manager(Config::default().identity_claim(name));
    assert_eq!(invalid(jwt.decode(&token(&[(name, "\"5\"")]))), InvalidToken::Json(Segment::Payload));
}

#[test]
fn a_hundred_thousand_names_are_read_all_the_same() {
    let names: Vec<_> = (0..100_000).map(|name| format!("\"{name}\":{name}")).collect();
    let text = payload(&[]).replacen('{', &format!("{{{},", names.join(",")), 1);
    let token = sign(header_with(&names.join(",")), text);
    for config in both() {
        let jwt = manager(config.max_token_bytes(64 << 20));
        let read = jwt.decode(&token).unwrap();
        assert_eq!((read.identity(), read.claims()["99999"].as_u64()), ("alice", Some(99_999)));
        assert_eq!(read.header()["99999"], 99_999);
    }
}
