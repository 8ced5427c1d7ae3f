use super::{Subject, TokenRef, TokenRefKind};
use crate::{Token, TokenKind};

impl<'a> From<&'a Token> for TokenRef<'a> {
    fn from(token: &'a Token) -> Self {
        let mut known = Self::of(Subject::new(token.subject_issuer(), token.identity()));
        known.id = token.id();
        known.session = token.session();
        known.issued_at = token.issued_at();
        if token.is_of_kind(TokenKind::REFRESH) {
            known.kind = TokenRefKind::Refresh;
        }
        known
    }
}
