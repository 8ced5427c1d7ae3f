//! The labels of sessions, which often come from clients and end in the list of a user's devices.

use jwt_session::is_confusing;

/// What labels may contain, compiled from the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabelRules {
    /// The maximum number of characters (Unicode scalar values).
    pub(crate) limit: usize,
    /// Whether a label that breaks the rules is rejected. Otherwise, it is changed.
    pub(crate) reject: bool,
}

impl LabelRules {
    /// Returns the label as it is stored. Returns `None` if it is rejected.
    pub(crate) fn apply(self, label: String) -> Option<String> {
        let has_bad = label.contains(is_confusing);
        let end = label.char_indices().nth(self.limit).map(|(end, _)| end);
        if self.reject {
            return (!has_bad && end.is_none()).then_some(label);
        }
        let mut label = label;
        label.truncate(end.unwrap_or(label.len()));
        Some(if has_bad { label.replace(is_confusing, " ") } else { label })
    }
}
