//! The description of a group of options.

use super::setter::Setter;
use crate::Config;
use crate::error::ConfigError;

/// Options that belong together.
pub(super) struct Group {
    /// The options, in the order that they are set, regardless of their order in the input. More specific options come
    /// later.
    pub(super) fields: &'static [Field],
    /// Applies the defaults of flask-jwt-extended that differ from ours.
    pub(super) flask: fn(Config) -> Config,
    /// Checks the values of the options.
    pub(super) check: fn(&Config) -> Result<(), ConfigError>,
}

/// The description of an option.
pub(super) struct Field {
    /// The name of the setter.
    pub(super) name: &'static str,
    /// The name in flask-jwt-extended, if it has the option.
    pub(super) variable: Option<&'static str>,
    pub(super) setter: Setter,
}

/// An option that flask-jwt-extended has as well.
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
