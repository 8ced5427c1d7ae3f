use std::borrow::Cow;
use std::ops::Range;

/// A piece of the payload: where it stands, or a copy where escapes had to be undone.
pub(crate) enum Span {
    At(Range<usize>),
    Own(Box<str>),
}

impl Span {
    pub(crate) fn new(piece: Cow<'_, str>, payload: &str) -> Self {
        match piece {
            Cow::Borrowed(piece) => {
                Self::position(piece, payload).map_or_else(|| Self::Own(piece.into()), Self::At)
            }
            Cow::Owned(piece) => Self::Own(piece.into()),
        }
    }

    fn position(piece: &str, payload: &str) -> Option<Range<usize>> {
        let start = (piece.as_ptr() as usize).checked_sub(payload.as_ptr() as usize)?;
        let range = start..start.checked_add(piece.len())?;
        (payload.get(range.clone())? == piece).then_some(range)
    }

    /// The text, given the payload that it was made from.
    pub(crate) fn text<'a>(&'a self, payload: &'a str) -> &'a str {
        match self {
            Self::At(range) => payload.get(range.clone()).unwrap_or_default(),
            Self::Own(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_borrowed_piece_is_a_place_and_a_foreign_one_a_copy() {
        let payload = String::from(r#"{"sub":"alice"}"#);
        let inside = Span::new(Cow::Borrowed(&payload[8..13]), &payload);
        assert!(matches!(&inside, Span::At(range) if *range == (8..13)));
        assert_eq!(inside.text(&payload), "alice");
        let foreign = Span::new(Cow::Borrowed("bob"), &payload);
        assert!(matches!(foreign, Span::Own(_)));
        assert_eq!(foreign.text(&payload), "bob");
    }
}
