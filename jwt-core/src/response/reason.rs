//! The texts of the default answers: the reference's, to the letter.

use std::borrow::Cow;

use serde_json::Value;

use crate::Token;
use crate::config::AnswerRules;
use crate::error::{Absent, Csrf, Invalid, InvalidRequest, Part, Segments};
use crate::token::TokenError;

/// How many characters of the name of an extension an answer repeats.
const MOST_ECHOED: usize = 64;

/// Why the request was refused, in the words that a default answer shows.
pub(super) fn reason(error: &TokenError, config: &AnswerRules) -> Cow<'static, str> {
    match error {
        TokenError::Csrf(Csrf::CrossOrigin) => "Request comes from another origin".into(),
        TokenError::Csrf(Csrf::Missing) => "Missing CSRF token".into(),
        TokenError::Csrf(Csrf::Mismatch) => "CSRF double submit tokens do not match".into(),
        TokenError::Expired(_) => "Token has expired".into(),
        TokenError::InsufficientScope { .. } => "Token lacks a required scope".into(),
        TokenError::Invalid(why) => invalid(why, config),
        TokenError::InvalidRequest(InvalidRequest::BodyTooLarge) => "Request body is too large".into(),
        TokenError::InvalidRequest(InvalidRequest::BodyUnreadable) => "Request body is unreadable".into(),
        TokenError::InvalidRequest(InvalidRequest::Repeated) => {
            "Request must not have more than one token".into()
        }
        TokenError::Missing(absent) => missing(absent, config).into(),
        TokenError::Misuse(_) => "Internal Server Error".into(),
        TokenError::NotFresh(_) => "Fresh token required".into(),
        TokenError::Reused(_) | TokenError::Revoked(_) => "Token has been revoked".into(),
        TokenError::Unavailable(_) => "Token could not be checked".into(),
        TokenError::UserLookup(token) => format!("Error loading the user {}", identity(token)).into(),
        TokenError::VerificationFailed(_) => "User claims verification failed".into(),
    }
}

/// As the reference's language writes it.
fn identity(token: &Token) -> Cow<'_, str> {
    match token.identity_value() {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        _ => token.identity().into(),
    }
}

fn missing(absent: &[Absent], config: &AnswerRules) -> String {
    let why = |absent: &Absent| match absent {
        Absent::Header => format!("Missing {} Header", config.header_name),
        Absent::Scheme => {
            let AnswerRules { header_name, header_type, .. } = config;
            format!("Missing '{header_type}' type in '{header_name}' header. Expected '{}'", expected(config))
        }
        Absent::AccessCookie => format!("Missing cookie \"{}\"", config.cookies.access),
        Absent::RefreshCookie => format!("Missing cookie \"{}\"", config.cookies.refresh),
        Absent::ContentType => "Invalid content-type. Must be application/json.".into(),
        Absent::AccessKey => format!("Missing \"{}\" key in json data.", config.json_keys.access),
        Absent::RefreshKey => format!("Missing \"{}\" key in json data.", config.json_keys.refresh),
        Absent::QueryParameter => format!("Missing '{}' query parameter", config.query_name),
    };
    match absent {
        [] => "Missing token".into(),
        [one] => why(one),
        [all_but_last @ .., last] => {
            let places: Vec<_> = all_but_last.iter().map(|absent| absent.location().as_str()).collect();
            let reasons: Vec<_> = absent.iter().map(why).collect();
            let (places, last) = (places.join(", "), last.location());
            format!("Missing JWT in {places} or {last} ({})", reasons.join("; "))
        }
    }
}

/// What the header should look like.
fn expected(config: &AnswerRules) -> String {
    let AnswerRules { header_name, header_type, .. } = config;
    let space = if header_type.is_empty() { "" } else { " " };
    format!("{header_name}: {header_type}{space}<JWT>")
}

fn invalid(why: &Invalid, config: &AnswerRules) -> Cow<'static, str> {
    match why {
        Invalid::AlgorithmMissing => "Algorithm not specified".into(),
        Invalid::AlgorithmNotAllowed => "The specified alg value is not allowed".into(),
        Invalid::Audience => "Audience doesn't match".into(),
        Invalid::ClaimMissing(name) if *name == config.identity_claim || &**name == "csrf" => {
            format!("Missing claim: {name}").into()
        }
        Invalid::ClaimMissing(name) => format!("Token is missing the \"{name}\" claim").into(),
        Invalid::ClaimType(name) => match &**name {
            "aud" => "Invalid claim format in token".into(),
            "exp" => "Expiration Time claim (exp) must be an integer.".into(),
            "iat" => "Issued At claim (iat) must be an integer.".into(),
            "iss" => "Payload Issuer (iss) must be a string".into(),
            "jti" => "JWT ID must be a string".into(),
            "nbf" => "Not Before claim (nbf) must be an integer.".into(),
            "sub" => "Subject must be a string".into(),
            _ => format!("Invalid type of the \"{name}\" claim").into(),
        },
        Invalid::Claims => "Invalid claim format in token".into(),
        Invalid::Critical => "Invalid 'crit' header: must be a non-empty list".into(),
        Invalid::Encoding(Part::Header) => "Invalid header padding".into(),
        Invalid::Encoding(Part::Payload) => "Invalid payload padding".into(),
        Invalid::Encoding(Part::Signature) => "Invalid crypto padding".into(),
        Invalid::Issuer => "Invalid issuer".into(),
        Invalid::Json(Part::Header) => "Invalid header string".into(),
        Invalid::Json(Part::Payload | Part::Signature) => "Invalid payload string".into(),
        Invalid::KeyId => "Key ID header parameter must be a string".into(),
        Invalid::KeyIdMissing => "Token is missing the \"kid\" header".into(),
        Invalid::Kind("access") => "Only non-refresh tokens are allowed".into(),
        Invalid::Kind(kind) => format!("Only {kind} tokens are allowed").into(),
        Invalid::MalformedHeader => {
            format!("Bad {} header. Expected '{}'", config.header_name, expected(config)).into()
        }
        Invalid::NotYetValid(claim) => format!("The token is not yet valid ({claim})").into(),
        Invalid::QueryPrefix => {
            let AnswerRules { query_name, query_prefix, .. } = config;
            let expected = format!("Expected the value to start with '{query_prefix}'");
            format!("Invalid value for query parameter '{query_name}'. {expected}").into()
        }
        Invalid::Segments(Segments::TooFew) => "Not enough segments".into(),
        // The reference takes the surplus for a part of the payload.
        Invalid::Segments(Segments::TooMany) => "Invalid payload padding".into(),
        Invalid::Signature => "Signature verification failed".into(),
        // The reference's words, which speak of its own language.
        Invalid::TokenType => "Invalid token type. Token must be a <class 'bytes'>".into(),
        Invalid::TooLarge => "Token is too large".into(),
        Invalid::Type => "The specified typ value is not allowed".into(),
        Invalid::UnencodedPayload => "The b64 header is not supported".into(),
        Invalid::UnknownKey => "The specified kid is not known".into(),
        Invalid::UnknownCritical(name) => {
            // As the reference, but not as long as anybody likes.
            let name: String = name.as_untrusted_str().chars().take(MOST_ECHOED).collect();
            format!("Unsupported critical extension: {name}").into()
        }
    }
}
