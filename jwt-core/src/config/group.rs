//! What is known of a group of options as data. Files, the environment, the presets and `build()` go through the groups,
//! so that an option stands in the file of its group and nowhere else.

use super::setter::Setter;
use super::{answers, claims, cookies, csrf, headers, keys, lifetimes, locations, parties, sessions};
use crate::Config;
use crate::error::ConfigError;

/// Options that belong together.
pub(super) struct Group {
    /// In the order in which they are set, whatever the order in which they are given: those that say more exactly what
    /// is meant come later.
    pub(super) fields: &'static [Field],
    /// What flask-jwt-extended has otherwise.
    pub(super) flask: fn(Config) -> Config,
    /// That each option can have its value.
    pub(super) check: fn(&Config) -> Result<(), ConfigError>,
}

/// Lifetimes before claims: a list of required claims that is given is exact, whatever never expires.
pub(super) static GROUPS: [Group; 10] = [
    lifetimes::GROUP,
    parties::GROUP,
    claims::GROUP,
    keys::GROUP,
    headers::GROUP,
    locations::GROUP,
    cookies::GROUP,
    csrf::GROUP,
    answers::GROUP,
    sessions::GROUP,
];

/// The preset, before all that overlays it.
const PRESET: &[Field] = &[own(
    "flask_compatible",
    Setter::Flag(|config, on| if on { Config::flask_compatible() } else { config }),
)];

/// Every option by its name.
pub(super) fn fields() -> impl Iterator<Item = &'static Field> {
    PRESET.iter().chain(GROUPS.iter().flat_map(|group| group.fields))
}

/// An option as data.
pub(super) struct Field {
    /// That of the setter.
    pub(super) name: &'static str,
    /// flask-jwt-extended's name, if it has the option.
    pub(super) variable: Option<&'static str>,
    pub(super) setter: Setter,
}

/// An option of flask-jwt-extended.
pub(super) const fn reference(name: &'static str, variable: &'static str, setter: Setter) -> Field {
    Field { name, variable: Some(variable), setter }
}

/// An option that flask-jwt-extended lacks.
pub(super) const fn own(name: &'static str, setter: Setter) -> Field {
    Field { name, variable: None, setter }
}

/// For groups whose defaults are those of flask-jwt-extended.
pub(super) const fn same(config: Config) -> Config {
    config
}

/// The names of flask-jwt-extended's options that are keys, which are no data.
pub(super) const KEYS: [&str; 3] = ["JWT_SECRET_KEY", "JWT_PRIVATE_KEY", "JWT_PUBLIC_KEY"];

/// The name that was probably meant: one of `names` that is two slips of the pen away or less.
pub(super) fn closest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let ranked = names.into_iter().map(|other| (strsim::levenshtein(name, other), other));
    ranked.filter(|(slips, _)| *slips <= 2).min_by_key(|(slips, _)| *slips).map(|(_, other)| other)
}
