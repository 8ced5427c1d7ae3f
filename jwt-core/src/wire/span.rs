use crate::error::InvalidToken;

/// A piece of what a token keeps: where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// From here to there, or that such a token is too large.
    pub(crate) fn new((start, end): (usize, usize)) -> Result<Self, InvalidToken> {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Ok(Self { start, end }),
            _ => Err(InvalidToken::TooLarge),
        }
    }

    /// The text, given all that the token keeps.
    pub(crate) fn text(self, kept: &str) -> &str {
        kept.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}
