//! The scripts. Redis runs each one atomically, on the keys of one bucket.

use std::fmt::Write as _;
use std::sync::LazyLock;

use redis::Cmd;

/// The names of the keys and arguments that every script receives before its own.
pub(crate) const SHARED_KEYS: [&str; 4] = ["meta", "dead", "cutoffs", "log"];
pub(crate) const SHARED_ARGUMENTS: [&str; 5] = ["epoch", "deadline", "now", "mark", "log_length"];

/// A Lua script. It reads its keys and arguments by name, from `key` and `arg`. The code that maps names to positions
/// is generated.
///
/// A script that handles several items reads them from the list `each`, with a `key` and arguments per item. Reading an
/// undeclared name causes an error instead of returning nil.
pub(crate) struct Script {
    code: String,
    hash: String,
    pub(crate) keys: &'static [&'static str],
    pub(crate) arguments: &'static [&'static str],
    pub(crate) each: &'static [&'static str],
}

impl Script {
    fn new(
        keys: &'static [&'static str],
        arguments: &'static [&'static str],
        each: &'static [&'static str],
        parts: &[&str],
    ) -> Self {
        let mut code = NAMED.to_owned();
        code.push_str(&table("key", "KEYS", &[&SHARED_KEYS, keys].concat()));
        code.push_str(&table("arg", "ARGV", &[&SHARED_ARGUMENTS, arguments].concat()));
        if !each.is_empty() {
            let key = keys.len().saturating_add(SHARED_KEYS.len());
            let argument = arguments.len().saturating_add(SHARED_ARGUMENTS.len());
            let mut fields = String::new();
            for (place, name) in (1_usize..).zip(each) {
                let _ = write!(fields, ", {name} = ARGV[at + {place}]");
            }
            let _ = write!(
                code,
                "local each = {{}}
                for number = 1, #KEYS - {key} do
                    local at = {argument} + (number - 1) * {}
                    each[number] = setmetatable({{ key = KEYS[{key} + number]{fields} }}, named)
                end\n",
                each.len()
            );
        }
        for part in [&[PRELUDE], parts].concat() {
            code.push_str(part);
            code.push('\n');
        }
        let hash = redis::Script::new(&code).get_hash().to_owned();
        Self { code, hash, keys, arguments, each }
    }
}

/// The Lua code of the metatable that causes an error if a script reads an undeclared name.
const NAMED: &str =
    "local named = { __index = function(_, name) error('undeclared: ' .. tostring(name)) end }\n";

/// Generates the Lua table that maps names to positions.
fn table(name: &str, list: &str, fields: &[&str]) -> String {
    let fields: Vec<_> =
        (1_usize..).zip(fields).map(|(place, field)| format!("{field} = {list}[{place}]")).collect();
    format!("local {name} = setmetatable({{ {} }}, named)\n", fields.join(", "))
}

/// A script with its keys and arguments. The keys come first.
pub(crate) struct Invocation<'a> {
    pub(crate) script: &'a Script,
    pub(crate) keys: usize,
    pub(crate) arguments: Vec<Vec<u8>>,
}

impl Invocation<'_> {
    /// Returns the command for a server that has cached the script.
    pub(crate) fn known(&self) -> Cmd {
        self.command("EVALSHA", &self.script.hash)
    }

    /// Returns the command for any server, which caches the script. A cluster sends it to the right node.
    pub(crate) fn whole(&self) -> Cmd {
        self.command("EVAL", &self.script.code)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = Cmd::new();
        command.arg(name).arg(script).arg(self.keys).arg(&self.arguments);
        command
    }
}

pub(crate) struct Scripts {
    pub(crate) open: Script,
    pub(crate) is_revoked: Script,
    pub(crate) revoke: Script,
    pub(crate) start: Script,
    pub(crate) rotate: Script,
    pub(crate) state: Script,
    pub(crate) state_without_session: Script,
    pub(crate) states: Script,
    pub(crate) touch: Script,
    pub(crate) end: Script,
    pub(crate) cut_off_everyone: Script,
    pub(crate) subjects: Script,
    pub(crate) sweep: Script,
    pub(crate) list: Script,
    pub(crate) position: Script,
    pub(crate) page: Script,
    pub(crate) changes: Script,
}

const PRELUDE: &str = include_str!("lua/prelude.lua");
/// Checks the deadline and the epoch.
const BEGIN: &str = include_str!("lua/begin.lua");
const TOKEN: &str = include_str!("lua/token.lua");

pub(crate) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    open: Script::new(&[], &["new", "buckets"], &[], &[include_str!("lua/open.lua")]),
    is_revoked: Script::new(&[], &["name", "issued"], &[], &[BEGIN, include_str!("lua/is_revoked.lua")]),
    revoke: Script::new(&[], &["name", "moment"], &[], &[BEGIN, include_str!("lua/revoke.lua")]),
    start: Script::new(
        &["subject", "subjects"],
        &[
            "id",
            "name",
            "current",
            "label",
            "idle",
            "expires",
            "everyone",
            "own",
            "others",
            "evicts",
            "has_started",
        ],
        &[],
        &[BEGIN, include_str!("lua/start.lua")],
    ),
    rotate: Script::new(
        &["subject"],
        &[
            "id",
            "jti",
            "name",
            "refresh",
            "low",
            "high",
            "everyone",
            "own",
            "next",
            "idle",
            "kept_low",
            "kept_high",
        ],
        &[],
        &[BEGIN, TOKEN, include_str!("lua/rotate.lua")],
    ),
    state: Script::new(
        &["subject"],
        &["id", "jti", "name", "refresh", "low", "high", "everyone", "own"],
        &[],
        &[BEGIN, TOKEN, include_str!("lua/state.lua")],
    ),
    state_without_session: Script::new(
        &[],
        &["name", "issued", "everyone", "own"],
        &[],
        &[BEGIN, include_str!("lua/state_without_session.lua")],
    ),
    states: Script::new(
        &[],
        &["low", "high"],
        &["is_of_session", "id", "jti", "name", "refresh", "issued", "everyone", "own"],
        &[BEGIN, include_str!("lua/states.lua")],
    ),
    touch: Script::new(
        &["subject"],
        &["id", "jti", "name", "refresh", "low", "high", "everyone", "own", "idle"],
        &[],
        &[BEGIN, TOKEN, include_str!("lua/touch.lua")],
    ),
    end: Script::new(
        &["subject"],
        &["which", "id", "moment", "future", "everyone", "own", "before", "cursor"],
        &[],
        &[BEGIN, include_str!("lua/end.lua")],
    ),
    cut_off_everyone: Script::new(
        &[],
        &["everyone", "moment"],
        &[],
        &[BEGIN, include_str!("lua/cut_off_everyone.lua")],
    ),
    subjects: Script::new(&["subjects"], &["cursor"], &[], &[BEGIN, include_str!("lua/subjects.lua")]),
    sweep: Script::new(
        &[],
        &["moment", "future", "cursor"],
        &["own"],
        &[BEGIN, include_str!("lua/sweep.lua")],
    ),
    list: Script::new(
        &["subject"],
        &["everyone", "own", "cursor", "oldest", "after_started", "after_id"],
        &[],
        &[BEGIN, include_str!("lua/list.lua")],
    ),
    position: Script::new(&[], &[], &[], &[BEGIN, include_str!("lua/position.lua")]),
    page: Script::new(&[], &["command", "cursor"], &[], &[BEGIN, include_str!("lua/page.lua")]),
    changes: Script::new(&[], &["number", "last"], &[], &[BEGIN, include_str!("lua/changes.lua")]),
});

#[cfg(test)]
mod tests {
    use jwt_test_servers::Redis;

    use super::*;
    use crate::RedisSessions;
    use crate::names::Name;
    use crate::store::Call;

    impl Scripts {
        fn all(&self) -> [&Script; 17] {
            [
                &self.open,
                &self.is_revoked,
                &self.revoke,
                &self.start,
                &self.rotate,
                &self.state,
                &self.state_without_session,
                &self.states,
                &self.touch,
                &self.end,
                &self.cut_off_everyone,
                &self.subjects,
                &self.sweep,
                &self.list,
                &self.position,
                &self.page,
                &self.changes,
            ]
        }
    }

    /// Returns the names that the script reads from a table.
    fn used<'a>(code: &'a str, table: &str) -> Vec<&'a str> {
        let is_name = |character: char| character.is_alphanumeric() || character == '_';
        let uses = code.match_indices(table).filter(|(at, _)| !code[..*at].ends_with(is_name));
        let rests = uses.map(|(at, _)| code[at..].strip_prefix(table).unwrap());
        rests.map(|rest| rest.split(|character| !is_name(character)).next().unwrap()).collect()
    }

    #[test]
    fn what_a_script_uses_it_is_given() {
        for script in SCRIPTS.all() {
            // The prelude has functions that some scripts do not use.
            let own = script.code.split_once(PRELUDE).unwrap().1;
            for (table, shared, names) in
                [("arg.", &SHARED_ARGUMENTS[..], script.arguments), ("key.", &SHARED_KEYS[..], script.keys)]
            {
                for name in used(own, table) {
                    assert!(shared.contains(&name) || names.contains(&name), "{table}{name} in {own}");
                }
            }
        }
    }

    #[test]
    fn every_script_checks_its_deadline_first() {
        // Opening a store has no data to protect yet.
        for script in SCRIPTS.all().into_iter().filter(|script| !script.arguments.contains(&"buckets")) {
            let own = script.code.split_once(PRELUDE).unwrap().1;
            assert!(own.trim_start().starts_with(BEGIN), "{own}");
        }
    }

    #[test]
    fn names_are_given_the_places_of_what_is_sent() {
        let script = Script::new(&["one"], &["two", "three"], &["four", "five"], &[]);
        for line in [
            "key = setmetatable({ meta = KEYS[1], dead = KEYS[2], cutoffs = KEYS[3], log = KEYS[4], one = KEYS[5] }, named)",
            "two = ARGV[6], three = ARGV[7] }, named)",
            "for number = 1, #KEYS - 5 do",
            "local at = 7 + (number - 1) * 2",
            "each[number] = setmetatable({ key = KEYS[5 + number], four = ARGV[at + 1], five = ARGV[at + 2] }, named)",
        ] {
            assert!(script.code.contains(line), "{}", script.code);
        }
    }

    #[tokio::test]
    async fn a_name_that_is_not_given_cannot_be_read() {
        let store = RedisSessions::connect(&Redis::shared().url()).await.unwrap();
        let bucket = &store.inner().buckets[0];
        for (code, is_given) in [
            ("return { key.meta, key.one, arg.now, arg.two, each[1].key, each[1].three }", true),
            ("return { key.two }", false),
            ("return { arg.one }", false),
            ("return { each[1].two }", false),
        ] {
            let script = Script::new(&["one"], &["two"], &["three"], &[code]);
            let call =
                Call::new(&script, bucket, 0).key("one", bucket.subject(Name::default())).text("two", "");
            let call = call.one_more(bucket.subject(Name::default())).text("three", "");
            assert_eq!(store.inner().run(call).await.is_ok(), is_given, "{code}");
        }
    }
}
