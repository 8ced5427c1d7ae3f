//! The scripts. Each one is a step that nothing interrupts, on the keys of one bucket.

use std::sync::LazyLock;

use redis::Script;

pub(crate) struct Scripts {
    pub(crate) open: Script,
    pub(crate) adopt: Script,
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

fn script(parts: &[&str]) -> Script {
    Script::new(&[&[PRELUDE], parts].concat().join("\n"))
}

pub(crate) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    open: script(&[include_str!("lua/open.lua")]),
    adopt: script(&[include_str!("lua/adopt.lua")]),
    is_revoked: script(&[READ, include_str!("lua/is_revoked.lua")]),
    revoke: script(&[WRITE, include_str!("lua/revoke.lua")]),
    start: script(&[WRITE, include_str!("lua/start.lua")]),
    rotate: script(&[WRITE, TOKEN, include_str!("lua/rotate.lua")]),
    state: script(&[READ, TOKEN, include_str!("lua/state.lua")]),
    state_without_session: script(&[READ, include_str!("lua/state_without_session.lua")]),
    touch: script(&[WRITE, TOKEN, include_str!("lua/touch.lua")]),
    end: script(&[WRITE, include_str!("lua/end.lua")]),
    cut_off_everyone: script(&[WRITE, include_str!("lua/cut_off_everyone.lua")]),
    subjects: script(&[READ, include_str!("lua/subjects.lua")]),
    sweep: script(&[WRITE, include_str!("lua/sweep.lua")]),
    list: script(&[READ, include_str!("lua/list.lua")]),
    position: script(&[READ, include_str!("lua/position.lua")]),
    page: script(&[READ, include_str!("lua/page.lua")]),
    changes: script(&[READ, include_str!("lua/changes.lua")]),
});
