use crate::error::Invalid;

/// A piece of what a token keeps: where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    fn new(start: usize, len: usize) -> Result<Self, Invalid> {
        match (u32::try_from(start), u32::try_from(len)) {
            (Ok(start), Ok(len)) => Ok(Self { start, len }),
            _ => Err(Invalid::TooLarge),
        }
    }

    /// The text, given all that the token keeps.
    pub(crate) fn text(self, kept: &str) -> &str {
        let (start, len) = (self.start as usize, self.len as usize);
        kept.get(start..start.saturating_add(len)).unwrap_or_default()
    }
}

/// Notes pieces of a payload, and copies those in which escapes had to be undone.
pub(super) struct Spans<'a> {
    payload: &'a str,
    /// Where the copies will stand.
    behind: usize,
    copies: String,
}

impl<'a> Spans<'a> {
    /// The copies will follow so many bytes behind the start of the payload.
    pub(super) const fn new(payload: &'a str, behind: usize) -> Self {
        Self { payload, behind, copies: String::new() }
    }

    pub(super) fn of(&mut self, piece: &str) -> Result<Span, Invalid> {
        if let Some(start) = self.position(piece) {
            return Span::new(start, piece.len());
        }
        let start = self.behind.saturating_add(self.copies.len());
        self.copies.push_str(piece);
        Span::new(start, piece.len())
    }

    pub(super) fn into_copies(self) -> String {
        self.copies
    }

    fn position(&self, piece: &str) -> Option<usize> {
        let start = piece.as_ptr().addr().checked_sub(self.payload.as_ptr().addr())?;
        let there = self.payload.get(start..start.checked_add(piece.len())?)?;
        std::ptr::eq(there, piece).then_some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_borrowed_piece_is_a_place_and_any_other_a_copy() {
        let mut kept = String::from(r#"{"sub":"alice"}"#);
        let payload = kept.clone();
        let mut spans = Spans::new(&payload, kept.len() + "text".len());
        let inside = spans.of(&payload[8..13]).unwrap();
        let foreign = spans.of("bob").unwrap();
        let owned = spans.of("al\u{e9}").unwrap();
        kept.push_str("text");
        kept.push_str(&spans.into_copies());
        assert_eq!(kept, "{\"sub\":\"alice\"}textbobal\u{e9}");
        assert_eq!(inside.text(&kept), "alice");
        assert_eq!(foreign.text(&kept), "bob");
        assert_eq!(owned.text(&kept), "al\u{e9}");
    }
}
