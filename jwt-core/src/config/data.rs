//! Deserialization of the options.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use super::group::Field;
use super::list::{KEYS, closest, fields};
use crate::Config;

/// Each field has the name of a setter and is optional. An unknown or repeated field is an error. See
/// [Files](Config#files).
impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Options)
    }
}

struct Options;

impl<'de> Visitor<'de> for Options {
    type Value = Config;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the options of a Config, named after its setters")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Config, A::Error> {
        let mut given: Vec<(&Field, Option<Value>)> = fields().map(|field| (field, None)).collect();
        while let Some(name) = map.next_key::<String>()? {
            let Some((field, slot)) = given.iter_mut().find(|(field, _)| field.name == name) else {
                return Err(A::Error::custom(format_args!("{name} {}", unknown(&name))));
            };
            if slot.is_some() {
                return Err(A::Error::duplicate_field(field.name));
            }
            let value: Value = map.next_value()?;
            // Checked here rather than at the end, so the error includes the line.
            if field.setter.set(Config::default(), &value).is_none() {
                return Err(A::Error::custom(format_args!(
                    "{} {}",
                    field.name,
                    field.setter.problem(&value)
                )));
            }
            *slot = Some(value);
        }
        let given = given.iter().filter_map(|(field, value)| Some((field, value.as_ref()?)));
        Ok(given.fold(Config::default(), |config, (field, value)| {
            field.setter.set(config.clone(), value).unwrap_or(config)
        }))
    }
}

/// The error for an unknown field, and its fix.
fn unknown(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("jwt_").unwrap_or(&name);
    let is_key =
        KEYS.iter().any(|key| key.strip_prefix("JWT_").is_some_and(|key| key.eq_ignore_ascii_case(name)));
    if is_key || name == "secret" {
        return "is a key, not an option: pass it to the builder, and do not store it in this file".into();
    }
    let meant = fields().find(|field| {
        field.variable.is_some_and(|variable| {
            variable.strip_prefix("JWT_").is_some_and(|rest| rest.eq_ignore_ascii_case(name))
        })
    });
    match meant.map(|field| field.name).or_else(|| closest(name, fields().map(|field| field.name))) {
        Some(meant) => format!("is not an option: write {meant}"),
        None => "is not an option: write the name of a setter of Config".into(),
    }
}
