//! The checks in `scripts/need.sh` find the tools that they look for, and do not accept lookalikes.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::{env, fs};

use jwt_tests::Folder;

use crate::layout::root;

/// A simulated machine with additional programs and libraries.
struct Machine(Folder);

impl Machine {
    fn new() -> Self {
        Self(Folder::make())
    }

    /// Adds a program that consists of these lines of shell.
    fn with(self, path: &str, lines: &str) -> Self {
        let file = self.0.file(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, format!("#!/bin/sh\n{lines}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Runs a check of `scripts/need.sh` with the programs in `bin` first on the PATH, and returns whether it passes.
    fn has(&self, check: &str) -> bool {
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([self.0.file("bin")].into_iter().chain(env::split_paths(&path))).unwrap();
        let mut bash = Command::new("bash");
        bash.args(["-euc", &format!("source scripts/need.sh; {check}")]).current_dir(root());
        bash.env("PATH", path).env("MACHINE", self.0.file("")).env_remove("LIBCLANG_PATH");
        bash.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        bash.status().unwrap().success()
    }
}

#[test]
fn a_compiler_has_headers_and_a_linker() {
    assert!(Machine::new().has("has_c"));
    for (program, check) in [("bin/cc", "has_c"), ("bin/c++", "has_cxx")] {
        for lines in ["exit 1", r#"PATH="${PATH#*:}" exec cc -nostdinc -nostdinc++ "$@""#] {
            assert!(!Machine::new().with(program, lines).has(check), "{check}: {lines}");
        }
    }
}

#[test]
fn libclang_is_not_libclang_cpp() {
    let check = r#"has_libclang "$MACHINE"/llvm-*/lib "$MACHINE/lib""#;
    for library in [
        "llvm-14/lib/libclang.so",
        "llvm-14/lib/libclang-14.so.14.0.6",
        "lib/libclang.so.1",
        "lib/libclang-14.so.1",
    ] {
        assert!(Machine::new().with(library, "").has(check), "{library}");
    }
    for library in [
        "llvm-14/lib/libclang-cpp.so",
        "llvm-14/lib/libclang-cpp.so.14",
        "lib/libclang-cpp.so.14",
        "lib/libclang.a",
    ] {
        assert!(!Machine::new().with(library, "").has(check), "{library}");
    }
    // The variable can name the folder or the library.
    let elsewhere = Machine::new().with("mine/libclang.so", "").with("cpp/libclang-cpp.so", "");
    for (path, is_found) in [
        ("mine", true),
        ("mine/libclang.so", true),
        ("cpp", false),
        ("cpp/libclang-cpp.so", false),
        ("nowhere", false),
    ] {
        let check = format!(r#"LIBCLANG_PATH="$MACHINE/{path}" has_libclang"#);
        assert_eq!(elsewhere.has(&check), is_found, "{path}");
    }
}

#[test]
fn python_is_recent_and_has_pip() {
    let python = |version: u8, pip: u8| {
        let lines = format!(
            "case \"$*\" in *version_info*) exit {version} ;; '-s -m pip --version') exit {pip} ;; esac"
        );
        Machine::new().with("bin/python3", &lines).has("has_python_with_pip")
    };
    assert!(python(0, 0));
    assert!(!python(1, 0));
    assert!(!python(0, 1));
}

#[test]
fn the_server_of_postgresql_is_more_than_initdb() {
    let check = r#"PATH=/nowhere; has_postgresql "$MACHINE"/postgresql/*/bin"#;
    let one = || Machine::new().with("postgresql/15/bin/initdb", "").with("postgresql/15/bin/pg_isready", "");
    assert!(one().with("postgresql/15/bin/postgres", "").has(check));
    assert!(!one().has(check));
    // The version is different.
    assert!(!one().with("postgresql/14/bin/postgres", "").has(check));
    assert!(
        one()
            .with("postgresql/15/bin/postgres", "")
            .has(r#"PATH="$MACHINE/postgresql/15/bin"; has_postgresql"#)
    );
}

#[test]
fn chromium_and_its_driver_have_the_same_version() {
    let machine = |driver: &str, name: &str, browser: &str| {
        let machine = Machine::new().with("bin/chromedriver", driver).with(&format!("bin/{name}"), browser);
        machine.has(r#"PATH="$MACHINE/bin"; has_chromium"#)
    };
    let driver = "echo 'ChromeDriver 156.0.8078.108 (730482a-refs/branch-heads/8078@{#2244})'";
    assert!(machine(driver, "chromium", "echo Chromium 156.0.8078.108 built on Debian GNU/Linux 12"));
    assert!(machine(driver, "google-chrome", "echo Google Chrome 156.0.8078.90"));
    assert!(!machine(driver, "firefox", "echo Mozilla Firefox 156.0.1"));
    for other in [
        "echo Chromium 155.156.0.8078",
        "echo Chromium 1156.0.1.1",
        "echo Chromium",
        // A launcher without the package that it launches.
        "echo Chromium 156.0.8078.108; exit 1",
    ] {
        assert!(!machine(driver, "chromium", other), "{other}");
    }
    for other in ["echo ChromeDriver", "echo MSEdgeDriver 156.0.8078.108", &*format!("{driver}; exit 1")] {
        assert!(!machine(other, "chromium", "echo Chromium 156.0.8078.108"), "{other}");
    }
}

#[test]
fn what_valgrind_has_counted_can_be_read() {
    let machine = |valgrind: &str, annotate: &str| {
        Machine::new()
            .with("bin/valgrind", valgrind)
            .with("bin/callgrind_annotate", annotate)
            .has("has_callgrind")
    };
    assert!(machine("", ""));
    assert!(!machine("exit 1", ""));
    assert!(!machine("", "exit 1"));
}

#[test]
fn what_was_installed_is_looked_at_again() {
    let stops = |apt: &str| {
        let machine = Machine::new().with("bin/apt-get", apt).with("bin/id", "echo 0");
        !machine.has(r#"need 'test -e "$MACHINE/tool"' tool 'the tool is missing'"#)
    };
    assert!(!stops("[ \"$1\" = update ] || touch \"$MACHINE/tool\""));
    assert!(stops(""));
    assert!(stops("exit 1"));
}
