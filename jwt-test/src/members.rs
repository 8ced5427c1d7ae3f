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

    /// Moves all times, so that `iat` becomes this one. Returns whether there was an `iat`.
    pub(crate) fn move_times(&mut self, issued_at: u64) -> bool {
        let time = |change: &(String, Option<Value>)| change.1.as_ref().and_then(Value::as_u64);
        let Some(before) = self.changes.iter().rfind(|(name, _)| name == "iat").and_then(time) else {
            return false;
        };
        for change in self.changes.iter_mut().filter(|(name, _)| TIMES.contains(&&**name)) {
            if let Some(time) = time(change) {
                change.1 = Some(moved(time, before, issued_at).into());
            }
        }
        true
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

/// The claims that hold a time, in seconds since 1970 (RFC 7519, 2).
pub(crate) const TIMES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];

/// A time that is as far from `after` as it was from `before`.
pub(crate) const fn moved(time: u64, before: u64, after: u64) -> u64 {
    if time >= before {
        after.saturating_add(time.saturating_sub(before))
    } else {
        after.saturating_sub(before.saturating_sub(time))
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
