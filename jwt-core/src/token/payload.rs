//! The claims of a token that is being issued.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

/// Claims in order. Setting a claim again replaces its value in place.
pub(super) struct Payload<'a>(Vec<(&'a str, Claim<'a>)>);

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Claim<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    List(&'a [Box<str>]),
    Uuid(#[serde(serialize_with = "hyphenated")] Uuid),
    Value(&'a Value),
    Raw(&'a RawValue),
}

fn hyphenated<S: Serializer>(uuid: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

impl<'a> Payload<'a> {
    pub(super) fn with_capacity(claims: usize) -> Self {
        Self(Vec::with_capacity(claims))
    }

    pub(super) fn set(&mut self, name: &'a str, claim: Claim<'a>) {
        match self.0.iter_mut().find(|(there, _)| *there == name) {
            Some((_, there)) => *there = claim,
            None => self.0.push((name, claim)),
        }
    }
}

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, claim) in &self.0 {
            map.serialize_entry(name, claim)?;
        }
        map.end()
    }
}
