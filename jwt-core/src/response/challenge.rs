//! The `WWW-Authenticate` field of a refusal (RFC 6750, 3).

use crate::TokenError;
use crate::config::AnswerRules;

/// The length of most challenges.
const USUAL_BYTES: usize = 256;

/// The error code and its description. `None` if there was no token to describe (RFC 6750, 3.1).
///
/// The descriptions are constants, in the characters that RFC 6750, 3, permits. Only valid scopes (RFC 6749, 3.3) get into
/// the field, because a rule can take the name of one from the request.
const fn error(config: &AnswerRules, error: &TokenError) -> Option<(&'static str, &'static str)> {
    match error {
        TokenError::Missing(_) if config.error_code_if_missing => {
            Some(("invalid_token", "The request has no token"))
        }
        TokenError::Csrf(_)
        | TokenError::Forbidden(_)
        | TokenError::VerificationFailed(_)
        | TokenError::Missing(_)
        | TokenError::Misuse(_)
        | TokenError::TooManySessions
        | TokenError::Unavailable(_) => None,
        TokenError::InsufficientScope { required, .. } if required.has_scopes_alone() => {
            Some(("insufficient_scope", "The token lacks a scope"))
        }
        TokenError::InsufficientScope { .. } => Some(("insufficient_scope", "The token lacks an authority")),
        // RFC 9470, 3
        TokenError::InsufficientUserAuthentication { .. } => {
            Some(("insufficient_user_authentication", "A different authentication level is required"))
        }
        TokenError::InvalidRequest(_) => Some(("invalid_request", "The request is malformed")),
        // RFC 9470, 3: the token is valid, but the user has to log in again.
        TokenError::NotFresh(_) => {
            Some(("insufficient_user_authentication", "A more recent authentication is required"))
        }
        TokenError::Expired(_) => Some(("invalid_token", "The token has expired")),
        TokenError::Reused(_) | TokenError::Revoked(_) => {
            Some(("invalid_token", "The token has been revoked"))
        }
        TokenError::Invalid(_) | TokenError::UserLookup(_) => Some(("invalid_token", "The token is invalid")),
    }
}

/// The challenge as text: scheme, realm, error, description, what the policy requires, and where to get a token. `hint`
/// contains the scopes that the policy requires, if the error does not.
pub(super) fn challenge(config: &AnswerRules, hint: Option<&str>, refused: &TokenError) -> String {
    let mut challenge = String::with_capacity(USUAL_BYTES);
    challenge.push_str(&config.scheme);
    let mut separator = " ";
    let mut add = |name: &str, value: &str| {
        for part in [separator, name, "=\""] {
            challenge.push_str(part);
        }
        push_quoted(&mut challenge, value);
        challenge.push('"');
        separator = ", ";
    };
    if let Some(realm) = &config.realm {
        add("realm", realm);
    }
    if let Some((code, description)) = error(config, refused) {
        add("error", code);
        add("error_description", description);
    }
    match refused {
        TokenError::InsufficientScope { required, .. } => {
            if let Some(scope) = required.scope() {
                add("scope", scope);
            }
        }
        TokenError::InsufficientUserAuthentication { required, .. } => {
            let values: Vec<&str> = required.acr_values().collect();
            if !values.is_empty() {
                add("acr_values", &values.join(" "));
            }
            if let Some(age) = required.max_age() {
                add("max_age", &age.as_secs().to_string());
            }
        }
        _ => {}
    }
    if let Some(scope) = hint {
        add("scope", scope);
    }
    // RFC 9728, 5.1
    if let Some(url) = &config.metadata_url {
        add("resource_metadata", url);
    }
    challenge
}

/// The content of a quoted string (RFC 9110, 5.6.4), without the characters that it cannot contain.
fn push_quoted(quoted: &mut String, value: &str) {
    if value.bytes().all(|byte| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~')) {
        quoted.push_str(value);
        return;
    }
    for character in value.chars().filter(|character| matches!(character, ' '..='~')) {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
}
