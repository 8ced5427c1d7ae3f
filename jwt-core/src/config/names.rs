use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A name for access tokens and custom kinds, and a name for refresh tokens.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) access: Box<str>,
    pub(crate) refresh: Box<str>,
}

impl Names {
    pub(super) fn new(access: &str, refresh: &str) -> Self {
        Self { access: access.into(), refresh: refresh.into() }
    }

    /// Two cookie paths, percent-encoded if necessary.
    pub(super) fn paths(access: &str, refresh: &str) -> Self {
        Self { access: path(access), refresh: path(refresh) }
    }

    pub(crate) fn of(&self, refresh: bool) -> &str {
        if refresh { &self.refresh } else { &self.access }
    }
}

/// The characters that a path can have in addition to letters and digits, as flask-jwt-extended writes it (RFC 3986,
/// 3.3).
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'%')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b'=')
    .remove(b'@');

/// Percent-encodes a path if necessary.
pub(super) fn path(path: &str) -> Box<str> {
    utf8_percent_encode(path, PATH).to_string().into()
}
