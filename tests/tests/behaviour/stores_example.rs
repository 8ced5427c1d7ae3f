//! The example `stores`: a quickstart with persistent sessions.

use std::time::{Duration, Instant};

use jwt_test_servers::{Postgres, Redis};
use jwt_tests::programs::fail;
use jwt_tests::{Ask, Folder};

use crate::quickstarts::{
    ask_as_printed, greets, has, is_revoked, labels, log_in_on, log_out, makes_a_secret_where_there_is_none,
    plays_the_whole_story, protected, renew, says_what_it_cannot_use, tokens,
};
use crate::support::SECRET;
use crate::walkthrough::Quickstart;

const PACKAGE: &str = "stores";
const PASSWORD: &str = "correct-horse";
/// A copy that has not heard of a logout for longer than this reports that it is out of date.
const BOUND: Duration = Duration::from_secs(5);

#[test]
fn it_is_a_quickstart() {
    plays_the_whole_story(PACKAGE);
    makes_a_secret_where_there_is_none(PACKAGE);
    says_what_it_cannot_use(PACKAGE);
}

#[test]
fn keeps_its_sessions_in_a_file() {
    let folder = Folder::make();
    let store = |file: &str| format!("sqlite:{}", folder.file(file).display());
    keeps_its_sessions(&["--store", &store("sessions.db")]);
    let said = refuses(&["--store", &store("missing/sessions.db")]);
    let file = folder.file("missing/sessions.db");
    let start = format!("cannot keep sessions in {}: the database failed: ", file.display());
    assert!(said.starts_with(&start), "{said}");
}

#[test]
fn keeps_its_sessions_in_postgres() {
    let mut server = Postgres::start();
    let url = |scheme: &str, user: &str, host: &str| format!("{scheme}://{user}:{PASSWORD}@{host}/postgres");
    let host = format!("127.0.0.1:{}", server.port());
    let store = url("postgres", "postgres", &host);
    keeps_its_sessions(&["--store", &store]);
    shares_its_sessions(&["--store", &url("postgresql", "postgres", &host)]);

    let said = refuses(&["--store", &url("postgres", "stranger", &host)]);
    assert!(said.contains(r#"role "stranger" does not exist"#), "{said}");
    for store in [
        url("postgres", "stranger", &host),
        url("postgres", "postgres", "127.0.0.1:none"),
        // The server does not support TLS.
        format!("{store}?sslmode=require"),
    ] {
        let said = refuses(&["--store", &store]);
        assert!(said.starts_with("cannot keep sessions in PostgreSQL: the database failed: "), "{said}");
    }

    server.kill();
    let said = refuses(&["--store", &store]);
    assert!(said.starts_with("cannot keep sessions in PostgreSQL: "), "{said}");
}

#[test]
fn keeps_its_sessions_in_redis() {
    let known = format!(">{PASSWORD}");
    let mut server =
        Redis::with(&["--appendonly", "no", "--user", "alice", "on", &known, "~*", "&*", "+@all"]);
    let host = format!("127.0.0.1:{}", server.port());
    let url = |scheme: &str, password: &str, host: &str| format!("{scheme}://alice:{password}@{host}");
    let store = |number: u8| format!("{}/{number}", url("redis", PASSWORD, &host));
    keeps_its_sessions(&["--store", &store(0)]);
    keeps_its_sessions(&["--replicated", "--store", &store(1)]);
    shares_its_sessions(&["--store", &store(0)]);
    shares_its_sessions(&["--replicated", "--store", &store(1)]);

    let wrong_password = format!("{PASSWORD}-battery");
    for store in [
        url("redis", &wrong_password, &host),
        url("redis", PASSWORD, "127.0.0.1:none"),
        // The server does not support TLS.
        url("rediss", PASSWORD, &host),
    ] {
        let said = refuses(&["--store", &store]);
        assert!(said.starts_with("cannot keep sessions in Redis: "), "{said}");
    }

    server.kill();
    for options in [["--store", &store(0)].as_slice(), &["--replicated", "--store", &store(1)]] {
        let said = refuses(options);
        assert!(said.starts_with("cannot keep sessions in Redis: "), "{said}");
    }
}

#[test]
fn says_which_stores_there_are() {
    let mistyped = format!("postgre://alice:{PASSWORD}@127.0.0.1/postgres");
    for store in ["redis", "redis:6379", "postgres", "sqlite", "sqlite:", "Memory", "memory:", "", &mistyped]
    {
        let (code, said) = fail(PACKAGE, &["--port", "0", "--store", store], SECRET);
        assert_eq!(code, Some(2));
        let complaint = "error: invalid value for '--store <STORE>': expected memory, sqlite:FILE, postgres://…, or redis://…\n";
        assert!(said.starts_with(complaint), "{said}");
        assert!(!said.contains(PASSWORD), "{said}");
    }

    let folder = Folder::make();
    let file = format!("sqlite:{}", folder.file("sessions.db").display());
    for store in ["memory", &file, "postgres://127.0.0.1/postgres"] {
        let said = refuses(&["--replicated", "--store", store]);
        assert_eq!(said, "--replicated copies sessions from Redis: it needs --store redis://…\n");
    }
}

/// Checks that the program does not start, and returns the one sentence that says why.
fn refuses(options: &[&str]) -> String {
    let (code, said) = fail(PACKAGE, &[&["--port", "0"], options].concat(), SECRET);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!said.contains(PASSWORD) && !said.contains("://alice"), "{said}");
    said
}

/// Restarts the program, and checks that its sessions are still there.
fn keeps_its_sessions(options: &[&str]) {
    let start = || Quickstart::start(PACKAGE, options, Some(SECRET));

    let quickstart = start();
    ask_as_printed(&quickstart);
    let (left, left_refresh) = tokens(&log_in_on("left").send(quickstart.address));
    let (access, refresh) = tokens(&log_in_on("kept").send(quickstart.address));
    has(&log_out(&left).send(quickstart.address), 200, r#"{"logout":true}"#);
    assert_eq!(quickstart.stop(), "");

    let quickstart = start();
    let address = quickstart.address;
    is_revoked(&protected(&left).send(address));
    is_revoked(&renew(&left_refresh).send(address));
    greets(&protected(&access).send(address));
    let labels = labels(&Ask::get("/sessions").bearer(&access).send(address));
    assert_eq!(labels, ["kept", "laptop", "phone"], "two of them were started for the lines that it prints");
    let (renewed, renewed_refresh) = tokens(&renew(&refresh).send(address));
    greets(&protected(&renewed).send(address));
    has(&log_out(&renewed).send(address), 200, r#"{"logout":true}"#);
    is_revoked(&protected(&renewed).send(address));
    is_revoked(&renew(&renewed_refresh).send(address));
    assert_eq!(quickstart.stop(), "");
}

/// Runs two programs with the same store.
fn shares_its_sessions(options: &[&str]) {
    let [one, other] = [(); 2].map(|()| Quickstart::start(PACKAGE, options, Some(SECRET)));
    let (access, refresh) = tokens(&log_in_on("shared").send(one.address));
    greets(&protected(&access).send(other.address));
    let (renewed, _) = tokens(&renew(&refresh).send(other.address));
    greets(&protected(&renewed).send(one.address));
    has(&log_out(&renewed).send(one.address), 200, r#"{"logout":true}"#);
    is_revoked(&protected(&renewed).send(one.address));
    // A copy may not know about the logout yet.
    let end = Instant::now() + BOUND;
    while options.contains(&"--replicated")
        && protected(&renewed).send(other.address).status == 200
        && Instant::now() < end
    {}
    is_revoked(&protected(&renewed).send(other.address));
    assert_eq!([one.stop(), other.stop()], ["", ""]);
}
