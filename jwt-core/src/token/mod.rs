//! Tokens: issuing, verifying, and reading them. Nothing here depends on HTTP or on async code.

mod additional;
mod audiences;
mod authorities;
mod claims;
mod code;
mod conditions;
mod encode;
mod encode_error;
mod error;
#[cfg(feature = "testing")]
mod fake;
mod header;
mod header_segment;
mod identity;
mod in_session;
mod issue_rules;
mod issuer_name;
pub mod jws;
mod kind;
mod payload;
mod random;
mod registered;
mod required_login;
mod reserved;
mod resource_uri;
mod rules;
mod sample;
mod time;
mod unverified;
mod verified;

pub use code::CODES;
pub use encode::TokenBuilder;
pub use encode_error::EncodeError;
pub use error::TokenError;
pub use identity::{Identity, IntoIdentity};
pub use kind::TokenKind;
pub use required_login::RequiredLogin;
pub use unverified::UnverifiedToken;
pub use verified::Token;

pub(crate) use additional::{Additional, IssueLoaders, members_of};
#[cfg(feature = "testing")]
pub(crate) use fake::fake;
pub(crate) use in_session::InSession;
pub(crate) use issue_rules::{IssueClaims, IssueRules, Issuing, Lifetimes, SESSION_CLAIMS};
pub(crate) use issuer_name::{IssuerName, has_braces};
pub(crate) use random::random_uuid;
pub(crate) use registered::Fresh;
pub(crate) use resource_uri::ResourceUri;
pub(crate) use rules::{
    ClaimRules, Condition, IdentityRule, KindClaim, KindRule, Leeways, MOST_CONDITIONS, MOST_IDENTITY_CLAIMS,
    PartyRules, REGISTERED, Rules, TYPE,
};
pub(crate) use time::Moment;

pub(crate) use header::Typ;

use claims::Accepted;
use header::Header;

use crate::error::{InvalidToken, Segment};
use crate::keys::KeySet;
use crate::location::Location;
use crate::wire::{Compact, Members};

/// The origin of a token.
#[derive(Clone, Copy, Default)]
pub(crate) struct Source<'a> {
    pub(crate) location: Option<Location>,
    /// The CSRF value of the request, which must equal the `csrf` claim. `None` if there is no check.
    pub(crate) csrf: Option<&'a [u8]>,
}

/// Stages 3 to 5, except for the split into segments: verifies the text of a token.
pub(crate) fn verify(
    compact: &Compact<'_>,
    source: Source<'_>,
    keys: &KeySet,
    rules: &Rules,
    now: impl FnOnce() -> Moment,
) -> Result<Token, TokenError> {
    let text = compact.text;
    let json;
    // Our own headers say that the token is a JWT. An `at+jwt` is not.
    let own = keys.of_own_header(compact.header).filter(|_| rules.claims.typ.permits_own_header());
    let header = match own {
        Some(key) => Header::own(key, &rules.algorithms)?,
        None => {
            json = compact.header()?;
            Header::read(&json, &rules.claims.typ, keys, &rules.algorithms)?
        }
    };
    let payload = compact.payload_with_room(text.len())?;
    compact.with_signature(|signature| header.verify(compact.signing_input, signature).map(|_| ()))??;
    let behind = payload.len().saturating_add(text.len());
    let Accepted { registered, copies, expired } = claims::check(&payload, behind, rules, now())?;
    let text = std::str::from_utf8(text).map_err(|_| InvalidToken::Encoding(Segment::Payload))?;
    let token = Token::new(payload, [text, &copies], registered, source.location);
    if let Some(value) = source.csrf {
        token.check_csrf(value)?;
    }
    if expired { Err(TokenError::Expired(token)) } else { Ok(token) }
}

/// The `iss` of a token that has not been verified, which selects the keys. Returns `None` if it cannot be read. Such a
/// token does not belong to any issuer.
pub(crate) fn unverified_issuer(compact: &Compact<'_>) -> Option<String> {
    let payload = compact.payload().ok()?;
    let [issuer] = *Members::read(&payload, &["iss"])?.known();
    issuer?.text(&payload).map(std::borrow::Cow::into_owned)
}
