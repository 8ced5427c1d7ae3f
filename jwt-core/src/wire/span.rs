use crate::error::InvalidToken;

/// The position of a piece of a token's kept text.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) const EMPTY: Self = Self { start: 0, end: 0 };

    /// Creates a span from start to end. Returns an error if the token is too large for it.
    pub(crate) fn new((start, end): (usize, usize)) -> Result<Self, InvalidToken> {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Ok(Self { start, end }),
            _ => Err(InvalidToken::TooLarge),
        }
    }

    /// The piece itself. `kept` is the token's kept text.
    pub(crate) fn text(self, kept: &str) -> &str {
        kept.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}
