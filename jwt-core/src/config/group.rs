//! What is known of a group of options as data.

use super::setter::Setter;
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

/// An option as data.
pub(super) struct Field {
    /// That of the setter.
    pub(super) name: &'static str,
    /// flask-jwt-extended's name, if it has the option.
    pub(super) variable: Option<&'static str>,
    pub(super) setter: Setter,
}

/// An option of flask-jwt-extended.
pub(super) const fn flask(name: &'static str, variable: &'static str, setter: Setter) -> Field {
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
