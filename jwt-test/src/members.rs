use serde_json::{Map, Value};

/// Changes to the members of a JSON object, in the order of their calls.
#[derive(Clone, Default)]
pub(crate) struct Members {
    without_defaults: bool,
    changes: Vec<(String, Option<Value>)>,
}

impl Members {
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.changes.push((name.to_owned(), Some(value)));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.changes.push((name.to_owned(), None));
    }

    /// Replaces the default members and all earlier changes.
    pub(crate) fn replace(&mut self, members: Map<String, Value>) {
        self.without_defaults = true;
        self.changes = members.into_iter().map(|(name, value)| (name, Some(value))).collect();
    }

    pub(crate) fn applied_to(&self, defaults: Map<String, Value>) -> Map<String, Value> {
        let mut members = if self.without_defaults { Map::new() } else { defaults };
        for (name, value) in &self.changes {
            match value {
                Some(value) => members.insert(name.clone(), value.clone()),
                None => members.remove(name),
            };
        }
        members
    }
}

/// Returns the members of a JSON object.
#[track_caller]
pub(crate) fn object(value: Value, what: &str) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => panic!("{what} must be a JSON object"),
    }
}
