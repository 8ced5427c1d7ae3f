use super::TokenError;
use crate::error::{CsrfError, InvalidRequest, InvalidToken, Misuse};

/// Defines the codes and their list together, so that the list is complete. The match is exhaustive, so every error has a
/// code.
macro_rules! codes {
    ($($pattern:pat => $code:literal,)*) => {
        /// All codes of [`TokenError::code`]. The guide [describes](crate::guide::observability) them.
        pub const CODES: &[&str] = &[$($code),*];

        impl TokenError {
            /// Returns the reason as a short name, for logs and metrics: one of [`CODES`](crate::token::CODES). It does
            /// not contain anything from the request.
            ///
            /// The names are stable: changing one is a breaking change.
            ///
            /// ```
            /// use jwt_core::{Config, JwtManager, Policy};
            ///
            /// # let secret = &jwt_core::keys::Secret::generate()?;
            /// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
            /// let error = jwt.check(&http::Request::new(()), &Policy::access()).unwrap_err();
            /// assert_eq!(error.code(), "missing");
            /// # Ok::<(), jwt_core::ConfigError>(())
            /// ```
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $($pattern => $code,)*
                }
            }
        }
    };
}

codes! {
    Self::Csrf(CsrfError::BodyNotRead) => "csrf_body_not_read",
    Self::Csrf(CsrfError::CrossOrigin) => "csrf_cross_origin",
    Self::Csrf(CsrfError::Mismatch) => "csrf_mismatch",
    Self::Csrf(CsrfError::Missing) => "csrf_missing",
    Self::Expired(_) => "expired",
    Self::Forbidden(_) => "forbidden",
    Self::InsufficientScope { .. } => "insufficient_scope",
    Self::InsufficientUserAuthentication { .. } => "insufficient_user_authentication",
    Self::Invalid(InvalidToken::AlgorithmMissing) => "invalid_alg_missing",
    Self::Invalid(InvalidToken::AlgorithmNotAllowed) => "invalid_alg",
    Self::Invalid(InvalidToken::Audience) => "invalid_audience",
    Self::Invalid(InvalidToken::ClaimMissing(_)) => "invalid_claim_missing",
    Self::Invalid(InvalidToken::ClaimType(_)) => "invalid_claim_type",
    Self::Invalid(InvalidToken::ClaimValue(_)) => "invalid_claim_value",
    Self::Invalid(InvalidToken::Claims) => "invalid_claims",
    Self::Invalid(InvalidToken::Confirmation) => "invalid_confirmation",
    Self::Invalid(InvalidToken::Critical | InvalidToken::UnknownCritical(_)) => "invalid_crit",
    Self::Invalid(InvalidToken::EmptyIdentity) => "invalid_empty_identity",
    Self::Invalid(InvalidToken::Encoding(_)) => "invalid_encoding",
    Self::Invalid(InvalidToken::Issuer) => "invalid_issuer",
    Self::Invalid(InvalidToken::Json(_)) => "invalid_json",
    Self::Invalid(InvalidToken::KeyId) => "invalid_kid",
    Self::Invalid(InvalidToken::KeyIdMissing) => "invalid_kid_missing",
    Self::Invalid(InvalidToken::Kind(_)) => "invalid_kind",
    Self::Invalid(InvalidToken::MalformedHeader) => "invalid_header",
    Self::Invalid(InvalidToken::NotYetValid(_)) => "invalid_not_yet_valid",
    Self::Invalid(InvalidToken::QueryPrefix) => "invalid_query_prefix",
    Self::Invalid(InvalidToken::Segments(_)) => "invalid_segments",
    Self::Invalid(InvalidToken::Signature) => "invalid_signature",
    Self::Invalid(InvalidToken::TooLarge) => "invalid_too_large",
    Self::Invalid(InvalidToken::TokenType) => "invalid_token_type",
    Self::Invalid(InvalidToken::Type) => "invalid_typ",
    Self::Invalid(InvalidToken::UnencodedPayload) => "invalid_unencoded_payload",
    Self::Invalid(InvalidToken::UnknownKey) => "invalid_unknown_key",
    Self::InvalidRequest(InvalidRequest::BodyTooLarge) => "request_body_too_large",
    Self::InvalidRequest(InvalidRequest::BodyUnreadable) => "request_body_unreadable",
    Self::InvalidRequest(InvalidRequest::Label) => "request_label",
    Self::InvalidRequest(InvalidRequest::Malformed) => "request_malformed",
    Self::InvalidRequest(InvalidRequest::Repeated) => "request_two_tokens",
    Self::Missing(_) => "missing",
    Self::Misuse(Misuse::ForeignManager) => "misuse_foreign_manager",
    Self::Misuse(Misuse::MisplacedManager { .. }) => "misuse_misplaced_manager",
    Self::Misuse(Misuse::MissingManager { .. }) => "misuse_missing_manager",
    Self::Misuse(Misuse::NoRequest) => "misuse_no_request",
    Self::Misuse(Misuse::NoSessionStore) => "misuse_no_session_store",
    Self::Misuse(Misuse::NoStore) => "misuse_no_store",
    Self::Misuse(Misuse::NoUserLoader) => "misuse_no_user_loader",
    Self::Misuse(Misuse::RuleWithoutBody) => "misuse_rule_without_body",
    Self::Misuse(Misuse::WrongUserType { .. }) => "misuse_wrong_user_type",
    Self::NotFresh(_) => "not_fresh",
    Self::Reused(_) => "reused",
    Self::Revoked(_) => "revoked",
    Self::TooManySessions => "too_many_sessions",
    Self::Unavailable(_) => "unavailable",
    Self::UserLookup(_) => "user_lookup",
    Self::VerificationFailed(_) => "verification_failed",
}
