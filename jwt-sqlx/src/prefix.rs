use crate::Error;

/// What the names of the tables start with. Names cannot be bound to a statement as values are, so that nothing but
/// letters, digits and underscores gets in.
#[derive(Clone, Debug)]
pub(crate) struct Prefix(String);

impl Prefix {
    pub(crate) fn new(text: &str) -> Result<Self, Error> {
        let length = (1..=32).contains(&text.len());
        let start = !text.starts_with(|first: char| first.is_ascii_digit());
        let characters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        // SQLite keeps these names to itself.
        let reserved = text.to_ascii_lowercase().starts_with("sqlite_");
        if length && start && characters && !reserved {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::TablePrefix)
        }
    }

    /// The full name of a table or an index.
    pub(crate) fn name(&self, rest: &str) -> String {
        format!("{}{rest}", self.0)
    }
}
