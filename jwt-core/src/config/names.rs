/// A name for access tokens, and those of custom kinds, and another for refresh tokens.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) access: Box<str>,
    pub(crate) refresh: Box<str>,
}

impl Names {
    pub(crate) fn new(access: &str, refresh: &str) -> Self {
        Self { access: access.into(), refresh: refresh.into() }
    }

    pub(crate) fn of(&self, refresh: bool) -> &str {
        if refresh { &self.refresh } else { &self.access }
    }
}
