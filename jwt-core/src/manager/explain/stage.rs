use crate::error::{InvalidToken, KeysUnavailable, Misuse, Segment};
use crate::manager::watch::Step;
use crate::token::TokenError;

/// A stage of a check, in the order in which they run.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Stage {
    Form,
    Issuer,
    Keys,
    Header,
    Signature,
    Times,
    Iss,
    Audience,
    Claims,
    Expiry,
    Confirmation,
    Kind,
    Accepted,
    Login,
    Store,
    Blocklist,
    Authorities,
    Rules,
    Verification,
    User,
}

impl Stage {
    pub(super) const ALL: [Self; 20] = [
        Self::Form,
        Self::Issuer,
        Self::Keys,
        Self::Header,
        Self::Signature,
        Self::Times,
        Self::Iss,
        Self::Audience,
        Self::Claims,
        Self::Expiry,
        Self::Confirmation,
        Self::Kind,
        Self::Accepted,
        Self::Login,
        Self::Store,
        Self::Blocklist,
        Self::Authorities,
        Self::Rules,
        Self::Verification,
        Self::User,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Issuer => "issuer",
            Self::Keys => "keys",
            Self::Header => "header",
            Self::Signature => "signature",
            Self::Times => "times",
            Self::Iss => "iss",
            Self::Audience => "audience",
            Self::Claims => "claims",
            Self::Expiry => "expiry",
            Self::Confirmation => "confirmation",
            Self::Kind => "kind",
            Self::Accepted => "accepted_issuer",
            Self::Login => "login",
            Self::Store => "revocation",
            Self::Blocklist => "blocklist",
            Self::Authorities => "authorities",
            Self::Rules => "rules",
            Self::Verification => "verification",
            Self::User => "user",
        }
    }

    /// Whether the stage did not run, although the one that rejects the token comes later in the list.
    ///
    /// Rules that lack the request are noticed before the authorities are compared. An issuer that the policy does not
    /// accept is noticed before its keys are fetched.
    pub(super) fn is_skipped_by(self, error: &TokenError, step: Step) -> bool {
        match step {
            Step::NamedIssuer => (Self::Keys..Self::Accepted).contains(&self),
            _ => self == Self::Authorities && matches!(error, TokenError::Misuse(Misuse::NoRequest)),
        }
    }

    /// The stage that returns an error, if the check ended at a step. Every error has one, even those that only a request
    /// can cause.
    pub(super) fn of(error: &TokenError, step: Step) -> Self {
        match error {
            TokenError::Csrf(_) | TokenError::Missing(_) => Self::Form,
            TokenError::Expired(_) if step == Step::Store => Self::Store,
            TokenError::Expired(_) => Self::Expiry,
            TokenError::Invalid(why) => Self::of_invalid(why, step),
            TokenError::InsufficientUserAuthentication { .. } | TokenError::NotFresh(_) => Self::Login,
            TokenError::Reused(_) | TokenError::TooManySessions => Self::Store,
            TokenError::Revoked(_) if step == Step::Blocklist => Self::Blocklist,
            TokenError::Revoked(_) => Self::Store,
            TokenError::InsufficientScope { .. } => Self::Authorities,
            TokenError::Forbidden(_) | TokenError::InvalidRequest(_) => Self::Rules,
            TokenError::VerificationFailed(_) if step == Step::Rules => Self::Rules,
            TokenError::VerificationFailed(_) => Self::Verification,
            TokenError::Misuse(misuse) => match misuse {
                Misuse::NoSessionStore | Misuse::NoStore => Self::Store,
                Misuse::NoUserLoader | Misuse::WrongUserType { .. } => Self::User,
                Misuse::ForeignManager
                | Misuse::MisplacedManager { .. }
                | Misuse::MissingManager { .. }
                | Misuse::NoRequest
                | Misuse::RuleWithoutBody => Self::Rules,
            },
            TokenError::Unavailable(cause) if cause.is::<KeysUnavailable>() => Self::Keys,
            TokenError::Unavailable(_) => match step {
                Step::Issuer | Step::NamedIssuer | Step::Keys | Step::Token | Step::Policy => Self::Keys,
                Step::Store => Self::Store,
                Step::Blocklist => Self::Blocklist,
                Step::Rules => Self::Rules,
                Step::Verification => Self::Verification,
                Step::User => Self::User,
            },
            TokenError::UserLookup(_) => Self::User,
        }
    }

    fn of_invalid(why: &InvalidToken, step: Step) -> Self {
        match why {
            InvalidToken::MalformedHeader
            | InvalidToken::QueryPrefix
            | InvalidToken::Segments(_)
            | InvalidToken::TokenType
            | InvalidToken::TooLarge => Self::Form,
            // A loader of keys reads both before there is a key.
            InvalidToken::Encoding(_) | InvalidToken::Json(_) if step == Step::Keys => Self::Form,
            InvalidToken::UnknownKey if step == Step::Keys => Self::Keys,
            InvalidToken::Encoding(Segment::Header)
            | InvalidToken::Json(Segment::Header)
            | InvalidToken::AlgorithmMissing
            | InvalidToken::AlgorithmNotAllowed
            | InvalidToken::Critical
            | InvalidToken::KeyId
            | InvalidToken::KeyIdMissing
            | InvalidToken::Type
            | InvalidToken::UnencodedPayload
            | InvalidToken::UnknownCritical(_)
            | InvalidToken::UnknownKey => Self::Header,
            // The payload is decoded before the signature is verified, and read afterwards.
            InvalidToken::Encoding(_) | InvalidToken::Json(_) | InvalidToken::Signature => Self::Signature,
            InvalidToken::NotYetValid(_) => Self::Times,
            InvalidToken::ClaimType(name) => match &**name {
                "iat" | "nbf" | "exp" => Self::Times,
                "iss" => Self::Iss,
                "aud" => Self::Audience,
                _ => Self::Claims,
            },
            InvalidToken::ClaimMissing(name) => match &**name {
                "iss" => Self::Iss,
                "aud" => Self::Audience,
                _ => Self::Claims,
            },
            InvalidToken::Issuer => match step {
                Step::Issuer | Step::Keys => Self::Issuer,
                Step::Token => Self::Iss,
                Step::NamedIssuer
                | Step::Policy
                | Step::Store
                | Step::Blocklist
                | Step::Rules
                | Step::Verification
                | Step::User => Self::Accepted,
            },
            InvalidToken::Audience => Self::Audience,
            InvalidToken::Kind(_) if step == Step::Policy => Self::Kind,
            InvalidToken::ClaimValue(_)
            | InvalidToken::Claims
            | InvalidToken::EmptyIdentity
            | InvalidToken::Kind(_) => Self::Claims,
            InvalidToken::Confirmation => Self::Confirmation,
        }
    }
}
