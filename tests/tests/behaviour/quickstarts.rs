//! The quickstarts as a newcomer meets them: built, started, and asked with the very lines that they print.

use std::env::{self, consts::EXE_SUFFIX};
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use jwt_core::{Config, JwtManager};
use jwt_tests::{Answer, Ask};

const SECRET: &str = "a secret of the tests, long enough for HS256";
const LIFETIME: u64 = 60;
/// Only a quickstart that hangs is waited for as long as this.
const PATIENCE: Duration = Duration::from_secs(60);

macro_rules! quickstarts {
    ($($name:ident: $package:literal)+) => {
        /// With the example that serves nothing, so that all are built in one go.
        const PACKAGES: &[&str] = &[$($package,)+ "worker"];
        $(
        mod $name {
            #[test]
            fn plays_the_whole_story() {
                super::plays_the_whole_story($package);
            }

            #[test]
            fn makes_a_secret_where_there_is_none() {
                super::makes_a_secret_where_there_is_none($package);
            }

            #[test]
            fn says_what_it_cannot_use() {
                super::says_what_it_cannot_use($package);
            }
        }
        )+
    };
}

quickstarts! {
    axum: "quickstart"
    actix: "quickstart-actix"
    warp: "quickstart-warp"
}

fn plays_the_whole_story(package: &str) {
    let quickstart = Quickstart::start(package, Some(SECRET));
    ask_as_printed(&quickstart);
    let [access, renewed] = ask_as_an_application_does(&quickstart);
    assert_eq!(freshness_and_lifetime(&access), (true, LIFETIME));
    assert_eq!(freshness_and_lifetime(&renewed), (false, LIFETIME));

    let port = quickstart.address.port();
    let (code, said) = fail(package, &["--port", &port.to_string()], SECRET);
    assert_eq!(code, Some(1));
    assert_eq!(said, format!("port {port} is in use: choose another with --port N\n"));

    assert_eq!(quickstart.stop(), "", "it has nothing to complain of");
}

fn makes_a_secret_where_there_is_none(package: &str) {
    let quickstart = Quickstart::start(package, None);
    ask_as_printed(&quickstart);
    ask_as_an_application_does(&quickstart);

    let another = Quickstart::start(package, None);
    let (access, _) = quickstart.login();
    assert_eq!(protected(&access).send(another.address).status, 422);
    another.stop();
    assert_eq!(
        quickstart.stop(),
        "JWT_SECRET_KEY is not set: using a random secret, so tokens are worth nothing after a restart\n"
    );
}

fn says_what_it_cannot_use(package: &str) {
    let (code, said) = fail(package, &["--port", "0"], "too short");
    assert_eq!(code, Some(1));
    assert!(said.contains("JWT_SECRET_KEY"), "{said}");
    assert!(said.contains("secret has 9 bytes and HS256 needs 32"), "{said}");
    assert!(said.contains("make one with `openssl rand -base64 48`"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");

    let (code, said) = fail(package, &["--port", "0", "--token-lifetime", "0"], SECRET);
    assert_eq!(code, Some(2));
    assert!(said.contains("invalid value '0' for '--token-lifetime <SECONDS>'"), "{said}");
}

/// Each printed line, in its order.
fn ask_as_printed(quickstart: &Quickstart) {
    let address = quickstart.address;
    let answers: Vec<_> = quickstart.steps.iter().map(|step| step.ask(address)).collect();
    let [login, missing, expired, access, refresh] = &*answers else {
        panic!("other steps than expected");
    };

    tokens(login);

    has(missing, 401, r#"{"err":"Missing Authorization Header"}"#);
    assert_eq!(missing.header("www-authenticate"), Some("Bearer"));

    has(expired, 401, r#"{"code":"401","err":"token 已过期"}"#);
    let challenge = expired.header("www-authenticate").unwrap_or_default();
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");

    greets(access);
    greets(&protected(&access_token(refresh)).send(address));
}

/// Logs in, uses the tokens, and misuses them. Gives the access tokens: that of the login, and its successor.
fn ask_as_an_application_does(quickstart: &Quickstart) -> [String; 2] {
    let address = quickstart.address;
    let (access, refresh) = quickstart.login();
    greets(&protected(&access).send(address));
    let renewed = access_token(&renew(&refresh).send(address));
    greets(&protected(&renewed).send(address));

    let answer = protected(&refresh).send(address);
    has(&answer, 422, r#"{"msg":"Only non-refresh tokens are allowed"}"#);
    let answer = renew(&access).send(address);
    has(&answer, 422, r#"{"msg":"Only refresh tokens are allowed"}"#);

    for (username, password) in [("test", "wrong"), ("nobody", "test"), ("", "")] {
        let body = serde_json::json!({ "username": username, "password": password });
        let answer = login(body.to_string()).send(address);
        has(&answer, 401, r#"{"err":"Bad username or password"}"#);
    }
    for body in ["", "{", "[]", "null", r#"{"username":"test"}"#, r#"{"username":"test","password":5}"#] {
        let status = login(body).send(address).status;
        assert!(status.is_client_error(), "{status} for {body}");
    }
    let text = Ask::new("POST", "/login")
        .header("content-type", "text/plain")
        .body(r#"{"username":"test","password":"test"}"#);
    assert!(text.send(address).status.is_client_error());

    assert_eq!(Ask::get("/").send(address).status, 404);
    assert_eq!(Ask::get("/protected/more").send(address).status, 404);
    assert_eq!(Ask::get("/login").send(address).status, 405);
    assert_eq!(Ask::new("POST", "/protected").send(address).status, 405);
    assert_eq!(Ask::get("/refresh").send(address).status, 405);
    [access, renewed]
}

/// Whether a token is fresh, and how many seconds it lives.
fn freshness_and_lifetime(access: &str) -> (bool, u64) {
    let jwt = JwtManager::builder(Config::default()).secret(SECRET).build().expect("a manager");
    let claims = jwt.decode(access).expect("a token of this secret").claims();
    let time = |name: &str| claims[name].as_u64().expect("a time");
    (claims["fresh"] == true, time("exp") - time("iat"))
}

fn login(body: impl Into<Vec<u8>>) -> Ask {
    Ask::new("POST", "/login").header("content-type", "application/json").body(body)
}

fn protected(access: &str) -> Ask {
    Ask::get("/protected").bearer(access)
}

fn renew(refresh: &str) -> Ask {
    Ask::new("POST", "/refresh").bearer(refresh)
}

fn greets(answer: &Answer) {
    has(answer, 200, r#"{"hello":"test"}"#);
}

fn has(answer: &Answer, status: u16, body: &str) {
    assert_eq!((answer.status.as_u16(), &*answer.text()), (status, body));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// The tokens of an answer that has an access and a refresh token, and nothing else.
fn tokens(answer: &Answer) -> (String, String) {
    let json = answer.json();
    let token = |name: &str| json[name].as_str().expect("a token").to_owned();
    let (access, refresh) = (token("access_token"), token("refresh_token"));
    let body = format!(r#"{{"access_token":"{access}","refresh_token":"{refresh}"}}"#);
    has(answer, 200, &body);
    (access, refresh)
}

/// The token of an answer that has an access token, and nothing else.
fn access_token(answer: &Answer) -> String {
    let json = answer.json();
    let access = json["access_token"].as_str().expect("a token");
    has(answer, 200, &format!(r#"{{"access_token":"{access}"}}"#));
    access.to_owned()
}

/// Sends what curl would send, pasted into a shell.
fn curl(line: &str, address: SocketAddr) -> Answer {
    let mut words = shell_words::split(line).expect("words of a shell").into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"));
    let (mut method, mut path, mut body, mut headers) = (None, None, None, Vec::new());
    while let Some(word) = words.next() {
        let mut value = || words.next().expect("a value of the option");
        match &*word {
            "-i" => {}
            "-X" => method = Some(value()),
            "-H" => headers.push(value()),
            "-d" => body = Some(value()),
            url => {
                let after = url.strip_prefix(&format!("http://{address}")).map(str::to_owned);
                assert!(after.is_some() && path.is_none(), "{url} in {line}");
                path = after;
            }
        }
    }
    let method = method.unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.to_owned());
    let mut ask = Ask::new(&method, &path.expect("a URL"));
    for header in headers {
        let (name, value) = header.split_once(": ").expect("name and value");
        ask = ask.header(name, value);
    }
    ask.body(body.unwrap_or_default()).send(address)
}

/// What it prints to be pasted, with what it says about it.
struct Step {
    comment: String,
    curl: String,
}

impl Step {
    /// Does what is printed; the answer must be the one that is promised.
    fn ask(&self, address: SocketAddr) -> Answer {
        let Self { comment, curl: line } = self;
        let answer = curl(line, address);
        assert!(comment.starts_with("# "), "{comment}");
        assert!(comment.contains(&format!(": {}", answer.status.as_u16())), "{comment}");
        if comment.contains('{') {
            assert!(comment.ends_with(&answer.text()), "{comment}");
        }
        answer
    }
}

/// A quickstart that serves.
struct Quickstart {
    program: Program,
    address: SocketAddr,
    steps: Vec<Step>,
}

impl Quickstart {
    /// Starts it on a free port, and reads what it prints.
    fn start(package: &str, secret: Option<&str>) -> Self {
        let lifetime = LIFETIME.to_string();
        let program = Program::start(package, &["--port", "0", "--token-lifetime", &lifetime], secret);
        let first = program.line().expect("a first line");
        let address = first.strip_prefix("listening on http://").expect("an address");
        let address = address.parse().expect("an address");
        let mut steps = Vec::new();
        while steps.len() < 5 {
            assert_eq!(program.line().as_deref(), Some(""));
            let comment = program.line().expect("a comment");
            let curl = program.line().expect("a line to paste");
            steps.push(Step { comment, curl });
        }
        Self { program, address, steps }
    }

    fn login(&self) -> (String, String) {
        tokens(&login(r#"{"username":"test","password":"test"}"#).send(self.address))
    }

    /// Ends it; gives what it had to complain of.
    fn stop(mut self) -> String {
        self.program.end();
        self.program.complaints()
    }
}

/// A started program. It ends with its owner, so that a failed test leaves nothing behind.
struct Program {
    child: Child,
    printed: mpsc::Receiver<String>,
}

impl Program {
    fn start(package: &str, args: &[&str], secret: Option<&str>) -> Self {
        let mut command = Command::new(build(package));
        command
            .args(args)
            .env_remove("JWT_SECRET_KEY")
            .envs(secret.map(|secret| ("JWT_SECRET_KEY", secret)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("a program");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, printed) = mpsc::channel();
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, printed }
    }

    /// The next line that it prints; `None` if it has ended.
    fn line(&self) -> Option<String> {
        match self.printed.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("neither prints nor ends"),
        }
    }

    fn end(&mut self) {
        // Fails only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// What it wrote to standard error. It must have ended.
    fn complaints(&mut self) -> String {
        let mut text = String::new();
        let mut complaints = self.child.stderr.take().expect("its complaints");
        complaints.read_to_string(&mut text).expect("text");
        text
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs one that should not get as far as serving: its exit code, and its complaints.
fn fail(package: &str, args: &[&str], secret: &str) -> (Option<i32>, String) {
    let mut program = Program::start(package, args, Some(secret));
    assert_eq!(program.line(), None, "it has nothing to print");
    let code = program.child.wait().expect("its end").code();
    (code, program.complaints())
}

/// The program of a package, built as these tests are: same profile, same target directory.
pub(crate) fn build(package: &str) -> PathBuf {
    // In one go, so that what they share is built once.
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let directory = BUILT.get_or_init(|| {
        let test = env::current_exe().expect("this program");
        let directory = test.ancestors().nth(2).expect("the directory above deps");
        let profile = match directory.file_name().and_then(OsStr::to_str) {
            Some("debug") => "dev",
            profile => profile.expect("a profile"),
        };
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--profile", profile]);
        cargo.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
        cargo.arg("--target-dir").arg(directory.parent().expect("the target directory"));
        assert!(cargo.status().expect("cargo").success(), "the examples do not build");
        directory.to_owned()
    });
    directory.join(format!("{package}{EXE_SUFFIX}"))
}
