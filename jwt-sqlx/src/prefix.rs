use crate::Error;

/// The prefix of the table names. A name cannot be bound to a statement like a value, so only letters, digits, and
/// underscores are allowed.
#[derive(Clone, Debug)]
pub(crate) struct Prefix(String);

impl Prefix {
    pub(crate) fn new(text: &str) -> Result<Self, Error> {
        let length = (1..=32).contains(&text.len());
        let start = !text.starts_with(|first: char| first.is_ascii_digit());
        let characters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        // SQLite reserves these names.
        let reserved = text.to_ascii_lowercase().starts_with("sqlite_");
        if length && start && characters && !reserved {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::TablePrefix)
        }
    }

    /// Returns the full name of a table or an index.
    pub(crate) fn name(&self, rest: &str) -> String {
        format!("{}{rest}", self.0)
    }
}
