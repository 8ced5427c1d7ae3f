//! The scripts. Each one is a step that nothing interrupts, on the keys of one bucket.

use std::sync::LazyLock;

use redis::Cmd;

pub(crate) struct Script {
    code: String,
    hash: String,
}

impl Script {
    fn new(parts: &[&str]) -> Self {
        let code = [&[PRELUDE], parts].concat().join("\n");
        let hash = redis::Script::new(&code).get_hash().to_owned();
        Self { code, hash }
    }
}

/// A script with all that it is given: first its keys.
pub(crate) struct Invocation<'a> {
    pub(crate) script: &'a Script,
    pub(crate) keys: usize,
    pub(crate) arguments: Vec<Vec<u8>>,
}

impl Invocation<'_> {
    /// As a server runs it that knows the script.
    pub(crate) fn known(&self) -> Cmd {
        self.command("EVALSHA", &self.script.hash)
    }

    /// As any server runs it, which then knows it. In a cluster, it goes to the right one.
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
const READ: &str = include_str!("lua/read.lua");
const WRITE: &str = include_str!("lua/write.lua");
const TOKEN: &str = include_str!("lua/token.lua");

pub(crate) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    open: Script::new(&[include_str!("lua/open.lua")]),
    is_revoked: Script::new(&[READ, include_str!("lua/is_revoked.lua")]),
    revoke: Script::new(&[WRITE, include_str!("lua/revoke.lua")]),
    start: Script::new(&[WRITE, include_str!("lua/start.lua")]),
    rotate: Script::new(&[WRITE, TOKEN, include_str!("lua/rotate.lua")]),
    state: Script::new(&[READ, TOKEN, include_str!("lua/state.lua")]),
    state_without_session: Script::new(&[READ, include_str!("lua/state_without_session.lua")]),
    touch: Script::new(&[WRITE, TOKEN, include_str!("lua/touch.lua")]),
    end: Script::new(&[WRITE, include_str!("lua/end.lua")]),
    cut_off_everyone: Script::new(&[WRITE, include_str!("lua/cut_off_everyone.lua")]),
    subjects: Script::new(&[READ, include_str!("lua/subjects.lua")]),
    sweep: Script::new(&[WRITE, include_str!("lua/sweep.lua")]),
    list: Script::new(&[READ, include_str!("lua/list.lua")]),
    position: Script::new(&[READ, include_str!("lua/position.lua")]),
    page: Script::new(&[READ, include_str!("lua/page.lua")]),
    changes: Script::new(&[READ, include_str!("lua/changes.lua")]),
});
