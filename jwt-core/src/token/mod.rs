//! Tokens: bytes and time, without http and without async.

mod additional;
mod claims;
pub(crate) mod compact;
mod encode;
mod encode_error;
mod header;
mod json;
mod kind;
mod payload;
mod span;
mod time;
mod verified;

pub use encode::TokenBuilder;
pub use encode_error::EncodeError;
pub use kind::TokenKind;
pub use verified::Token;

pub(crate) use additional::{AdditionalLoader, members_of};
pub(crate) use claims::{REGISTERED, Rules};
pub(crate) use encode::IssueRules;
pub(crate) use time::Moment;

use compact::{Compact, SignatureBuffer};
use header::Header;

use crate::error::{Invalid, Part, TokenError};
use crate::keys::Keys;
use crate::policy::Location;

/// Stages 3 to 5: from the text of a token to one that can be trusted, or why not.
pub(crate) fn verify(
    text: &[u8],
    location: Option<Location>,
    keys: &Keys,
    rules: &Rules,
    now: Moment,
) -> Result<Token, TokenError> {
    let compact = Compact::split(text, rules.max_token_bytes)?;
    let json;
    let header = match keys.of_own_header(compact.header) {
        Some(key) => Header::Own(key),
        None => {
            json = compact.header()?;
            Header::read(&json)?
        }
    };
    let payload = compact.payload()?;
    let mut signature = SignatureBuffer::default();
    let signature = compact.signature(&mut signature)?;
    let key = header.key(keys, rules.any_typ)?;
    if !key.verify(compact.signing_input, signature) {
        return Err(Invalid::Signature.into());
    }
    let (registered, expired) = claims::check(&payload, rules, now)?;
    let text = std::str::from_utf8(text).map_err(|_| Invalid::Encoding(Part::Payload))?;
    let token = Token::new(text, payload, registered, location);
    if expired { Err(TokenError::Expired(token)) } else { Ok(token) }
}
