//! Why a token is invalid or missing, in the words that the client reads: the reference's where it has any.

use jwt_core::{Absent, Config, Invalid, Part, Segments, TokenError};
use serde_json::json;

use crate::refusals::{json_of, respond};
use crate::support::manager;

fn assert_reads(config: Config, error: impl Into<TokenError>, reason: &str) {
    let answer = respond(&manager(config), &error.into());
    assert_eq!(json_of(&answer), json!({"msg": reason}));
}

#[test]
fn an_invalid_token_is_told_why_in_the_words_of_the_reference() {
    for (why, reason) in [
        (Invalid::AlgorithmMissing, "Algorithm not specified"),
        (Invalid::AlgorithmNotAllowed, "The specified alg value is not allowed"),
        (Invalid::Audience, "Audience doesn't match"),
        (Invalid::Claims, "Invalid claim format in token"),
        (Invalid::Critical, "Invalid 'crit' header: must be a non-empty list"),
        (Invalid::Encoding(Part::Header), "Invalid header padding"),
        (Invalid::Encoding(Part::Payload), "Invalid payload padding"),
        (Invalid::Encoding(Part::Signature), "Invalid crypto padding"),
        (Invalid::Issuer, "Invalid issuer"),
        (Invalid::Json(Part::Header), "Invalid header string"),
        (Invalid::Json(Part::Payload), "Invalid payload string"),
        (Invalid::KeyId, "Key ID header parameter must be a string"),
        (Invalid::Kind("access"), "Only non-refresh tokens are allowed"),
        (Invalid::Kind("refresh"), "Only refresh tokens are allowed"),
        (Invalid::Kind("password_reset"), "Only password_reset tokens are allowed"),
        (Invalid::MalformedHeader, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"),
        (Invalid::NotYetValid("iat"), "The token is not yet valid (iat)"),
        (Invalid::NotYetValid("nbf"), "The token is not yet valid (nbf)"),
        (Invalid::Segments(Segments::TooFew), "Not enough segments"),
        (Invalid::Segments(Segments::TooMany), "Invalid payload padding"),
        (Invalid::Signature, "Signature verification failed"),
        (Invalid::TooLarge, "Token is too large"),
        (Invalid::Type, "The specified typ value is not allowed"),
        (Invalid::UnencodedPayload, "The b64 header is not supported"),
        (Invalid::UnknownCritical("x".into()), "Unsupported critical extension: x"),
    ] {
        assert_reads(Config::default(), why, reason);
    }
    // What anybody can have written is repeated in part.
    let long = "é".repeat(1000);
    let reason = format!("Unsupported critical extension: {}", "é".repeat(64));
    assert_reads(Config::default(), Invalid::UnknownCritical(long.as_str().into()), &reason);
}

#[test]
fn a_claim_of_the_wrong_type_is_told_by_its_name() {
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
        assert_reads(Config::default(), Invalid::ClaimType(claim.into()), reason);
    }
}

#[test]
fn the_identity_is_missing_in_other_words_than_the_other_claims() {
    let missing = |claim: &str| Invalid::ClaimMissing(claim.into());
    assert_reads(Config::default(), missing("sub"), "Missing claim: sub");
    assert_reads(Config::default(), missing("aud"), r#"Token is missing the "aud" claim"#);
    let uid = Config::default().identity_claim("uid");
    assert_reads(uid.clone(), missing("uid"), "Missing claim: uid");
    assert_reads(uid, missing("sub"), r#"Token is missing the "sub" claim"#);
}

#[test]
fn a_missing_token_is_told_by_every_place_that_was_looked_at() {
    let header = "Missing Authorization Header";
    let scheme = "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'";
    let several = format!("Missing JWT in headers or headers ({scheme}; {header})");
    for (absent, reason) in [
        (vec![], "Missing token"),
        (vec![Absent::Header], header),
        (vec![Absent::Scheme], scheme),
        (vec![Absent::Scheme, Absent::Header], &*several),
    ] {
        assert_reads(Config::default(), TokenError::Missing(absent), reason);
    }
}
