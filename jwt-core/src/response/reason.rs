//! The texts of the default responses, which are exactly those of flask-jwt-extended.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::Value;

use crate::config::AnswerRules;
use crate::error::{CsrfError, InvalidRequest, InvalidToken, MissingReason, Segment, SegmentCount};
use crate::token::TokenError;
use crate::{Config, Token};

/// The maximum number of characters of an extension's name that a response repeats.
const MOST_ECHOED: usize = 64;

/// The default names of locations.
static DEFAULTS: LazyLock<AnswerRules> = LazyLock::new(|| Config::default().answer_rules());

impl TokenError {
    /// Returns the reason in flask-jwt-extended's words, such as `Token has expired`.
    ///
    /// The text is safe to show to a client. It does not contain claims, except for the identity in `Error loading the
    /// user …`. Names of headers, cookies, and parameters are the default ones;
    /// [`Refusal::reason`](super::Refusal::reason) uses the configured names.
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager, Policy};
    ///
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
    /// let error = jwt.check(&http::Request::new(()), &Policy::access()).unwrap_err();
    /// assert_eq!(error.reason(), "Missing Authorization Header");
    /// # Ok::<(), jwt_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        reason(self, &DEFAULTS)
    }
}

/// The reason for a refusal, in the words of the default response.
pub(crate) fn reason(error: &TokenError, config: &AnswerRules) -> Cow<'static, str> {
    match error {
        TokenError::Csrf(CsrfError::CrossOrigin) => "Request comes from another origin".into(),
        TokenError::Csrf(CsrfError::Missing | CsrfError::BodyNotRead) => "Missing CSRF token".into(),
        TokenError::Csrf(CsrfError::Mismatch) => "CSRF double submit tokens do not match".into(),
        TokenError::Forbidden(_) => "Token does not permit the request".into(),
        TokenError::Expired(_) => "Token has expired".into(),
        TokenError::InsufficientScope { required, .. } if required.has_scopes_alone() => {
            "Token lacks a required scope".into()
        }
        TokenError::InsufficientScope { .. } => "Token lacks a required authority".into(),
        TokenError::InsufficientUserAuthentication { .. } => "Different authentication required".into(),
        TokenError::Invalid(why) => invalid(why, config),
        TokenError::InvalidRequest(InvalidRequest::BodyTooLarge) => "Request body is too large".into(),
        TokenError::InvalidRequest(InvalidRequest::BodyUnreadable) => "Request body is unreadable".into(),
        TokenError::InvalidRequest(InvalidRequest::Malformed) => "Request is malformed".into(),
        TokenError::InvalidRequest(InvalidRequest::Label) => {
            "Session label is too long or contains control characters".into()
        }
        TokenError::InvalidRequest(InvalidRequest::Repeated) => {
            "Request must not have more than one token".into()
        }
        TokenError::Missing(absent) => missing(absent, config).into(),
        TokenError::Misuse(_) => "Internal Server Error".into(),
        TokenError::NotFresh(_) => "Fresh token required".into(),
        TokenError::Reused(_) | TokenError::Revoked(_) => "Token has been revoked".into(),
        TokenError::TooManySessions => "Too many sessions".into(),
        TokenError::Unavailable(_) => "Token could not be checked".into(),
        TokenError::UserLookup(token) => format!("Error loading the user {}", identity(token)).into(),
        TokenError::VerificationFailed(_) => "User claims verification failed".into(),
    }
}

/// The identity as Python writes it.
fn identity(token: &Token) -> Cow<'_, str> {
    match token.identity_value() {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        _ => token.identity().into(),
    }
}

fn missing(absent: &[MissingReason], config: &AnswerRules) -> String {
    let why = |absent: &MissingReason| match absent {
        MissingReason::Header => format!("Missing {} Header", config.header_name),
        MissingReason::Scheme => {
            let AnswerRules { header_name, header_type, .. } = config;
            format!("Missing '{header_type}' type in '{header_name}' header. Expected '{}'", expected(config))
        }
        MissingReason::AccessCookie => format!("Missing cookie \"{}\"", config.cookies.access),
        MissingReason::RefreshCookie => format!("Missing cookie \"{}\"", config.cookies.refresh),
        MissingReason::ContentType => "Invalid content-type. Must be application/json.".into(),
        MissingReason::BodyNotRead => "The request body was not read".into(),
        MissingReason::AccessKey => format!("Missing \"{}\" key in json data.", config.json_keys.access),
        MissingReason::RefreshKey => format!("Missing \"{}\" key in json data.", config.json_keys.refresh),
        MissingReason::QueryParameter => format!("Missing '{}' query parameter", config.query_name),
        MissingReason::Subprotocol => "Missing token in 'Sec-WebSocket-Protocol' header".into(),
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

/// The expected form of the header.
fn expected(config: &AnswerRules) -> String {
    let AnswerRules { header_name, header_type, .. } = config;
    let space = if header_type.is_empty() { "" } else { " " };
    format!("{header_name}: {header_type}{space}<JWT>")
}

fn invalid(why: &InvalidToken, config: &AnswerRules) -> Cow<'static, str> {
    match why {
        InvalidToken::AlgorithmMissing => "Algorithm not specified".into(),
        InvalidToken::AlgorithmNotAllowed => "The specified alg value is not allowed".into(),
        InvalidToken::Audience => "Audience doesn't match".into(),
        InvalidToken::ClaimMissing(name) if *name == config.identity_claim || &**name == "csrf" => {
            format!("Missing claim: {name}").into()
        }
        InvalidToken::ClaimMissing(name) => format!("Token is missing the \"{name}\" claim").into(),
        InvalidToken::ClaimType(name) => match &**name {
            "aud" => "Invalid claim format in token".into(),
            "exp" => "Expiration Time claim (exp) must be an integer.".into(),
            "iat" => "Issued At claim (iat) must be an integer.".into(),
            "iss" => "Payload Issuer (iss) must be a string".into(),
            "jti" => "JWT ID must be a string".into(),
            "nbf" => "Not Before claim (nbf) must be an integer.".into(),
            "sub" => "Subject must be a string".into(),
            _ => format!("Invalid type of the \"{name}\" claim").into(),
        },
        InvalidToken::ClaimValue(name) => format!("Invalid value of the \"{name}\" claim").into(),
        InvalidToken::Claims => "Invalid claim format in token".into(),
        InvalidToken::Confirmation => "Token requires proof of possession".into(),
        InvalidToken::Critical => "Invalid 'crit' header: must be a non-empty list".into(),
        InvalidToken::Encoding(Segment::Header) => "Invalid header padding".into(),
        InvalidToken::Encoding(Segment::Payload) => "Invalid payload padding".into(),
        InvalidToken::Encoding(Segment::Signature) => "Invalid crypto padding".into(),
        InvalidToken::EmptyIdentity => "Token has an empty identity".into(),
        InvalidToken::Issuer => "Invalid issuer".into(),
        InvalidToken::Json(Segment::Header) => "Invalid header string".into(),
        InvalidToken::Json(Segment::Payload | Segment::Signature) => "Invalid payload string".into(),
        InvalidToken::KeyId => "Key ID header parameter must be a string".into(),
        InvalidToken::KeyIdMissing => "Token is missing the \"kid\" header".into(),
        InvalidToken::Kind("access") => "Only non-refresh tokens are allowed".into(),
        InvalidToken::Kind(kind) => format!("Only {kind} tokens are allowed").into(),
        InvalidToken::MalformedHeader => {
            format!("Bad {} header. Expected '{}'", config.header_name, expected(config)).into()
        }
        InvalidToken::NotYetValid(claim) => format!("The token is not yet valid ({claim})").into(),
        InvalidToken::QueryPrefix => {
            let AnswerRules { query_name, query_prefix, .. } = config;
            let expected = format!("Expected the value to start with '{query_prefix}'");
            format!("Invalid value for query parameter '{query_name}'. {expected}").into()
        }
        InvalidToken::Segments(SegmentCount::TooFew) => "Not enough segments".into(),
        // flask-jwt-extended treats the surplus as part of the payload.
        InvalidToken::Segments(SegmentCount::TooMany) => "Invalid payload padding".into(),
        InvalidToken::Signature => "Signature verification failed".into(),
        // flask-jwt-extended's words, which name a Python type.
        InvalidToken::TokenType => "Invalid token type. Token must be a <class 'bytes'>".into(),
        InvalidToken::TooLarge => "Token is too large".into(),
        InvalidToken::Type => "The specified typ value is not allowed".into(),
        InvalidToken::UnencodedPayload => "The b64 header is not supported".into(),
        InvalidToken::UnknownKey => "The specified kid is not known".into(),
        InvalidToken::UnknownCritical(name) => {
            // As in flask-jwt-extended, but bounded.
            let name: String = name.as_untrusted_str().chars().take(MOST_ECHOED).collect();
            format!("Unsupported critical extension: {name}").into()
        }
    }
}
