//! The query string.

use std::borrow::Cow;

use crate::config::QueryRule;
use crate::error::{InvalidRequest, InvalidToken, MissingReason};
use crate::request::RequestView;
use crate::token::TokenError;

impl QueryRule {
    pub(super) fn find<'a>(
        &self,
        view: &'a dyn RequestView,
        first_wins: bool,
    ) -> Result<Result<Cow<'a, [u8]>, MissingReason>, TokenError> {
        let query = view.query().filter(|_| !self.forbidden).unwrap_or_default();
        let mut values = form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| **name == *self.name)
            .map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(_), Some(_)) if !first_wins => Err(TokenError::InvalidRequest(InvalidRequest::Repeated)),
            (Some(value), _) if !value.is_empty() => match value.strip_prefix(&*self.prefix) {
                Some(token) => Ok(Ok(Cow::Owned(token.as_bytes().to_vec()))),
                None => Err(InvalidToken::QueryPrefix.into()),
            },
            _ => Ok(Err(MissingReason::QueryParameter)),
        }
    }
}
