//! Why a token is invalid or missing, in the words that the client gets. Where flask-jwt-extended has a text, it is the
//! same.

use jwt_core::error::{InvalidToken, MissingReason, Segment, SegmentCount};
use jwt_core::{Config, TokenError};
use serde_json::json;

use crate::refusals::{json_of, respond};
use crate::support::manager;

fn assert_reads(config: Config, error: impl Into<TokenError>, reason: &str) {
    let answer = respond(&manager(config), &error.into());
    assert_eq!(json_of(&answer), json!({"msg": reason}));
}

#[test]
fn the_reason_for_an_invalid_token_is_that_of_flask_jwt_extended() {
    for (why, reason) in [
        (InvalidToken::AlgorithmMissing, "Algorithm not specified"),
        (InvalidToken::AlgorithmNotAllowed, "The specified alg value is not allowed"),
        (InvalidToken::Audience, "Audience doesn't match"),
        (InvalidToken::Claims, "Invalid claim format in token"),
        (InvalidToken::Confirmation, "Token requires proof of possession"),
        (InvalidToken::EmptyIdentity, "Token has an empty identity"),
        (InvalidToken::Critical, "Invalid 'crit' header: must be a non-empty list"),
        (InvalidToken::Encoding(Segment::Header), "Invalid header padding"),
        (InvalidToken::Encoding(Segment::Payload), "Invalid payload padding"),
        (InvalidToken::Encoding(Segment::Signature), "Invalid crypto padding"),
        (InvalidToken::Issuer, "Invalid issuer"),
        (InvalidToken::Json(Segment::Header), "Invalid header string"),
        (InvalidToken::Json(Segment::Payload), "Invalid payload string"),
        (InvalidToken::KeyId, "Key ID header parameter must be a string"),
        (InvalidToken::Kind("access"), "Only non-refresh tokens are allowed"),
        (InvalidToken::Kind("refresh"), "Only refresh tokens are allowed"),
        (InvalidToken::Kind("password_reset"), "Only password_reset tokens are allowed"),
        (InvalidToken::MalformedHeader, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"),
        (InvalidToken::NotYetValid("iat"), "The token is not yet valid (iat)"),
        (InvalidToken::NotYetValid("nbf"), "The token is not yet valid (nbf)"),
        (InvalidToken::Segments(SegmentCount::TooFew), "Not enough segments"),
        (InvalidToken::Segments(SegmentCount::TooMany), "Invalid payload padding"),
        (InvalidToken::Signature, "Signature verification failed"),
        (InvalidToken::TooLarge, "Token is too large"),
        (InvalidToken::Type, "The specified typ value is not allowed"),
        (InvalidToken::UnencodedPayload, "The b64 header is not supported"),
        (InvalidToken::UnknownCritical("x".into()), "Unsupported critical extension: x"),
    ] {
        assert_reads(Config::default(), why, reason);
    }
    // Only a part of a text that anyone could have written is repeated.
    let long = "é".repeat(1000);
    let reason = format!("Unsupported critical extension: {}", "é".repeat(64));
    assert_reads(Config::default(), InvalidToken::UnknownCritical(long.as_str().into()), &reason);
}

#[test]
fn a_claim_of_the_wrong_type_is_reported_by_name() {
    for (claim, reason) in [
        ("aud", "Invalid claim format in token"),
        ("exp", "Expiration Time claim (exp) must be an integer."),
        ("iat", "Issued At claim (iat) must be an integer."),
        ("iss", "Payload Issuer (iss) must be a string"),
        ("jti", "JWT ID must be a string"),
        ("nbf", "Not Before claim (nbf) must be an integer."),
        ("sub", "Subject must be a string"),
        ("fresh", r#"Invalid type of the "fresh" claim"#),
        ("type", r#"Invalid type of the "type" claim"#),
    ] {
        assert_reads(Config::default(), InvalidToken::ClaimType(claim.into()), reason);
    }
}

#[test]
fn the_identity_is_missing_in_other_words_than_the_other_claims() {
    let missing = |claim: &str| InvalidToken::ClaimMissing(claim.into());
    assert_reads(Config::default(), missing("sub"), "Missing claim: sub");
    assert_reads(Config::default(), missing("aud"), r#"Token is missing the "aud" claim"#);
    let uid = Config::default().identity_claim("uid");
    assert_reads(uid.clone(), missing("uid"), "Missing claim: uid");
    assert_reads(uid, missing("sub"), r#"Token is missing the "sub" claim"#);
}

#[test]
fn a_missing_token_is_reported_for_every_location() {
    let header = "Missing Authorization Header";
    let scheme = "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'";
    let several = format!("Missing JWT in headers or headers ({scheme}; {header})");
    for (absent, reason) in [
        (vec![], "Missing token"),
        (vec![MissingReason::Header], header),
        (vec![MissingReason::Scheme], scheme),
        (vec![MissingReason::Subprotocol], "Missing token in 'Sec-WebSocket-Protocol' header"),
        (vec![MissingReason::Scheme, MissingReason::Header], &*several),
    ] {
        assert_reads(Config::default(), TokenError::Missing(absent), reason);
    }
}
