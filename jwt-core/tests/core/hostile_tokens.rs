//! Tokens that no honest issuer creates. Most are signed with the correct key, so only the error itself can be the
//! reason to reject them.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use jwt_core::error::{InvalidToken, Segment, SegmentCount};
use jwt_core::{Config, Policy};

use crate::hostile_requests::{Judge, Raw};
use crate::refusals::forged;
use crate::support::{HEADER, both, invalid, manager, payload, segment, sign, sign_as, sign_segments, token};

/// Checks that the token is invalid, for this reason if there is one, in both configurations and with the most lenient
/// policy.
pub(crate) fn assert_invalid(token: &str, why: Option<InvalidToken>, what: &str) {
    let configs = both().map(|config| config.max_token_bytes(64 << 20));
    let field = format!("Bearer {token}");
    for config in &configs {
        let verdict = Judge::new(config).verdict(&Raw(&[field.as_bytes()]), &Policy::any().optional());
        assert_eq!(verdict, "invalid_token", "{what}");
    }
    if let Some(why) = why {
        let found = configs.map(|config| invalid(manager(config).decode(token)));
        assert_eq!(found, [why.clone(), why], "{what}");
    }
}

pub(crate) fn header_with(member: &str) -> String {
    format!(r#"{{"alg":"HS256",{member}}}"#)
}

#[test]
fn a_token_has_exactly_two_dots() {
    let good = token(&[]);
    let (signed, _) = good.rsplit_once('.').unwrap();
    for (text, why) in [
        ("a", SegmentCount::TooFew),
        (".", SegmentCount::TooFew),
        (signed, SegmentCount::TooFew),
        ("...", SegmentCount::TooMany),
        ("....", SegmentCount::TooMany),
        (&*format!("{good}."), SegmentCount::TooMany),
        (&*format!("{good}.{good}"), SegmentCount::TooMany),
        (&*".".repeat(1_000_000), SegmentCount::TooMany),
    ] {
        assert_invalid(text, Some(InvalidToken::Segments(why)), text.get(..20).unwrap_or(text));
    }
    for text in
        ["..", &format!(".{good}")[..good.len()], &*format!("{signed}."), &*good.replacen('.', "..", 1)]
    {
        assert_invalid(text, None, text);
    }
    assert!(manager(Config::default()).decode("").is_err());
}

#[test]
fn the_cap_is_looked_at_before_the_dots() {
    for config in both() {
        assert_eq!(invalid(manager(config).decode(&".".repeat(1_000_000))), InvalidToken::TooLarge);
    }
}

#[test]
fn segments_are_base64url_without_padding_in_its_one_spelling() {
    // The length is not a multiple of three bytes, so there are unused bits and room for padding.
    let payload = payload(&[("pad", "\"~~~???>>>\"")]);
    let payload = format!("{payload}{}", " ".repeat((3 - payload.len() % 3) % 3 + 1));
    let header = format!("{HEADER}{}", " ".repeat((3 - HEADER.len() % 3) % 3 + 1));
    let last = |text: &str, change: fn(u8) -> u8| {
        let (rest, last) = text.split_at(text.len() - 1);
        format!("{rest}{}", char::from(change(last.as_bytes()[0])))
    };
    for (part, text) in [(Segment::Header, &header), (Segment::Payload, &payload)] {
        let good = segment(text);
        let wrong = [
            URL_SAFE.encode(text),
            format!("{good}="),
            format!("{}\n{}", &good[..8], &good[8..]),
            format!("{} {}", &good[..8], &good[8..]),
            format!("{good}AAA"),
            last(&good, |byte| byte + 1),
            good.replacen(&good[5..6], "+", 1),
            good.replacen(&good[5..6], "/", 1),
            good.replacen(&good[5..6], "é", 1),
            good.replacen(&good[5..6], "\0", 1),
        ];
        for wrong in wrong.into_iter().filter(|wrong| *wrong != good) {
            let token = match part {
                Segment::Header => sign_segments(&wrong, &segment(&payload)),
                _ => sign_segments(&segment(HEADER), &wrong),
            };
            assert_invalid(&token, Some(InvalidToken::Encoding(part)), &wrong);
        }
    }
    // The two alphabets only differ if the text contains their special characters.
    let standard = STANDARD.encode(&payload);
    assert!(standard.contains(['+', '/']), "{standard}");
    assert_invalid(
        &sign_segments(&segment(HEADER), standard.trim_end_matches('=')),
        None,
        "standard alphabet",
    );
}

#[test]
fn a_signature_is_whole_and_in_its_one_spelling() {
    let good = token(&[]);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let encoding = Some(InvalidToken::Encoding(Segment::Signature));
    // With 32 bytes, the last of the 43 characters has two unused bits.
    let (rest, last) = signature.split_at(42);
    let spare = char::from(last.as_bytes()[0] + 1);
    for (wrong, why) in [
        (format!("{signature}="), encoding.clone()),
        (format!("{rest}\n{last}"), encoding.clone()),
        (format!("{rest}{spare}"), encoding.clone()),
        (format!("{signature}{}", "A".repeat(1_000_000)), encoding),
        (String::new(), Some(InvalidToken::Signature)),
        (segment([0; 32]), Some(InvalidToken::Signature)),
        (signature[..40].into(), Some(InvalidToken::Signature)),
        (format!("{rest}{last}AAAA")[1..].into(), None),
    ] {
        let what = wrong.get(..50).unwrap_or(&wrong);
        assert_invalid(&format!("{signed}.{wrong}"), why, what);
    }
    assert_invalid(&forged(), Some(InvalidToken::Signature), "somebody else's");
    // A valid signature of another token.
    let other = token(&[("sub", "\"bob\"")]);
    let (_, others) = other.rsplit_once('.').unwrap();
    assert_invalid(&format!("{signed}.{others}"), Some(InvalidToken::Signature), "another token's");
}

#[test]
fn an_algorithm_that_was_not_configured_does_not_verify() {
    let body = segment(payload(&[]));
    let not_allowed = Some(InvalidToken::AlgorithmNotAllowed);
    for alg in
        ["none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512", "RS256", "ES256", "EdDSA", "HS256 "]
    {
        let header = segment(format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#));
        assert_invalid(&format!("{header}.{body}."), not_allowed.clone(), alg);
        assert_invalid(&sign_segments(&header, &body), not_allowed.clone(), alg);
    }
    let header = segment(r#"{"alg":"HS512","typ":"JWT"}"#);
    assert_invalid(&sign_as(hmac::HMAC_SHA512, &header, &body), not_allowed.clone(), "HS512");
    for json in ["null", "5", "[\"HS256\"]", "{\"a\":\"HS256\"}", "true"] {
        assert_invalid(&sign(format!(r#"{{"alg":{json}}}"#), payload(&[])), not_allowed.clone(), json);
    }
    assert_invalid(&sign(r#"{"typ":"JWT"}"#, payload(&[])), Some(InvalidToken::AlgorithmMissing), "no alg");
}

#[test]
fn headers_that_ask_for_what_is_not_understood_are_refused() {
    for (member, why) in [
        (r#""crit":["exp"],"exp":1"#, InvalidToken::UnknownCritical("exp".into())),
        (r#""crit":[]"#, InvalidToken::Critical),
        (r#""crit":null"#, InvalidToken::Critical),
        (r#""crit":"exp""#, InvalidToken::Critical),
        (r#""b64":false"#, InvalidToken::UnencodedPayload),
        (r#""b64":true"#, InvalidToken::UnencodedPayload),
        (r#""kid":5"#, InvalidToken::KeyId),
        (r#""kid":null"#, InvalidToken::KeyId),
    ] {
        assert_invalid(&sign(header_with(member), payload(&[])), Some(why), member);
    }
}

#[test]
fn a_typ_of_another_kind_is_refused_unless_any_is_allowed() {
    let [default, flask] = both().map(manager);
    for typ in ["\"at+jwt\"", "\"JOSE\"", "\"\"", "5", "null"] {
        let token = sign(header_with(&format!(r#""typ":{typ}"#)), payload(&[]));
        assert_eq!(invalid(default.decode(&token)), InvalidToken::Type, "{typ}");
        assert!(flask.decode(&token).is_ok(), "{typ}");
    }
    for typ in ["\"jwt\"", "\"application/JWT\"", r#""\u004aWT""#] {
        assert!(
            default.decode(&sign(header_with(&format!(r#""typ":{typ}"#)), payload(&[]))).is_ok(),
            "{typ}"
        );
    }
}

#[test]
fn the_first_of_several_broken_segments_is_reported() {
    let other_spelling = segment(r#"{"typ":"JWT","alg":"HS256"}"#);
    let (good, no_json) = (segment(payload(&[])), segment("no JSON"));
    for (header, body, signature, why) in [
        ("=", "=", "=", InvalidToken::Encoding(Segment::Header)),
        (&no_json, "=", "=", InvalidToken::Json(Segment::Header)),
        (&other_spelling, "=", "=", InvalidToken::Encoding(Segment::Payload)),
        (&segment(HEADER), "=", "=", InvalidToken::Encoding(Segment::Payload)),
        (&other_spelling, &no_json, "=", InvalidToken::Encoding(Segment::Signature)),
        (&segment(HEADER), &no_json, "=", InvalidToken::Encoding(Segment::Signature)),
        (&segment(HEADER), &no_json, "", InvalidToken::Signature),
        (&other_spelling, &good, "", InvalidToken::Signature),
    ] {
        let token = format!("{header}.{body}.{signature}");
        assert_invalid(&token, Some(why), &token);
    }
}
