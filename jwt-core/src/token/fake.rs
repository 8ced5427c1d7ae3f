//! Tokens for tests, which nothing has signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::claims::{self, Accepted};
use super::{EncodeError, Moment, Rules, Token, TokenBuilder, TokenError};

/// `{"alg":"none"}` (RFC 7519, 6.1).
const HEADER: &str = "eyJhbGciOiJub25lIn0";

/// Creates a token without a signature. Its claims satisfy the rules.
pub(crate) fn fake(payload: String, rules: &Rules, now: Moment) -> Result<Token, TokenError> {
    let text = format!("{HEADER}.{}.", URL_SAFE_NO_PAD.encode(&payload));
    let behind = payload.len().saturating_add(text.len());
    let Accepted { registered, copies, expired } = claims::check(&payload, behind, rules, now)?;
    let token = Token::new(payload, [&text, &copies], registered, None);
    if expired { Err(TokenError::Expired(token)) } else { Ok(token) }
}

impl TokenBuilder<'_> {
    /// The claims as [`encode`](Self::encode) would sign them.
    pub(crate) fn unsigned(mut self) -> Result<Vec<u8>, EncodeError> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.payload(),
        }
    }
}
