use std::error::Error;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Alarms, Clock};
use crate::client::{Answer, Client};

const TOKENS: &str = "200, an access token and a refresh token";
const HELLO: &str = r#"200 {"hello":"alice"}"#;
const LOGGED_OUT: &str = r#"200 {"logout":true}"#;
const REVOKED: &str = r#"401 {"error":"revoked_token"}"#;
const REUSED: &str = r#"401 {"error":"reused_token"}"#;

/// Plays the story against the application at `address`. Returns whether every response was as expected.
pub(crate) fn play(address: SocketAddr, clock: Clock, alarms: Alarms) -> Result<bool, Box<dyn Error>> {
    say("sessions on axum")?;
    let mut story = Story { client: Client::new(address), clock, alarms, steps: 0, as_told: true };
    story.tell()?;
    say(if story.as_told { "all responses as expected" } else { "some responses not as expected" })?;
    Ok(story.as_told)
}

/// Prints a line. `println!` would panic if the reader of a pipe is gone.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// The tokens of a device.
struct Tokens {
    access: String,
    refresh: String,
}

struct Story {
    client: Client,
    clock: Clock,
    alarms: Alarms,
    steps: usize,
    as_told: bool,
}

impl Story {
    fn tell(&mut self) -> Result<(), Box<dyn Error>> {
        let laptop = self.log_in("laptop")?;
        let phone = self.log_in("phone")?;
        self.lists("the phone", &phone, "200, phone (this one), laptop")?;

        self.post("the laptop logs out", "/logout", &laptop.access, LOGGED_OUT)?;
        self.hello("the laptop's access token", &laptop, REVOKED)?;
        self.post("the laptop's refresh token", "/refresh", &laptop.refresh, REVOKED)?;
        self.hello("the phone's access token", &phone, HELLO)?;
        self.lists("the phone", &phone, "200, phone (this one)")?;

        let answer =
            self.post("the phone exchanges its refresh token", "/refresh", &phone.refresh, TOKENS)?;
        let renewed = Tokens::read(&answer)?;
        self.hello("the phone's new access token", &renewed, HELLO)?;

        self.clock.forward(Duration::from_secs(60));
        say("    a minute later, a thief has found the old refresh token")?;
        self.post("the thief exchanges it", "/refresh", &phone.refresh, REUSED)?;
        self.post("the phone's new refresh token", "/refresh", &renewed.refresh, REVOKED)?;
        self.hello("the phone's new access token", &renewed, REVOKED)?;

        let phone = self.log_in("phone")?;
        let laptop = self.log_in("laptop")?;
        self.lists("the phone", &phone, "200, laptop, phone (this one)")?;
        self.post("the phone logs out everywhere", "/logout-all", &phone.access, LOGGED_OUT)?;
        for (name, tokens) in [("phone", &phone), ("laptop", &laptop)] {
            self.hello(&format!("the {name}'s access token"), tokens, REVOKED)?;
            self.post(&format!("the {name}'s refresh token"), "/refresh", &tokens.refresh, REVOKED)?;
        }
        Ok(())
    }

    fn log_in(&mut self, device: &str) -> Result<Tokens, Box<dyn Error>> {
        // Sessions are listed by their start, so two must not start at the same moment.
        self.clock.forward(Duration::from_secs(1));
        let answer = self.client.post_json("/login", &json!({ "user": "alice", "device": device }))?;
        self.step(&format!("alice logs in on her {device}"), &answer, TOKENS)?;
        Tokens::read(&answer)
    }

    fn lists(&mut self, who: &str, tokens: &Tokens, told: &str) -> Result<(), Box<dyn Error>> {
        let answer = self.client.get("/sessions", &tokens.access)?;
        self.step(&format!("{who} lists alice's sessions"), &answer, told)
    }

    fn hello(&mut self, what: &str, tokens: &Tokens, told: &str) -> Result<(), Box<dyn Error>> {
        let answer = self.client.get("/hello", &tokens.access)?;
        self.step(what, &answer, told)
    }

    fn post(&mut self, what: &str, path: &str, token: &str, told: &str) -> Result<Answer, Box<dyn Error>> {
        let answer = self.client.post(path, token)?;
        self.step(what, &answer, told)?;
        Ok(answer)
    }

    fn step(&mut self, what: &str, answer: &Answer, told: &str) -> Result<(), Box<dyn Error>> {
        self.steps = self.steps.saturating_add(1);
        let described = answer.described();
        say(&format!("{:>2}. {what}: {described}", self.steps))?;
        if described != told {
            self.as_told = false;
            say(&format!("    expected: {told}"))?;
        }
        for alarm in self.alarms.take() {
            say(&format!("    event: {alarm}"))?;
        }
        Ok(())
    }
}

impl Tokens {
    fn read(answer: &Answer) -> Result<Self, Box<dyn Error>> {
        let token = |name: &str| {
            let token = answer.body.get(name).and_then(Value::as_str);
            token.map(str::to_owned).ok_or_else(|| format!("the response lacks the {name}"))
        };
        Ok(Self { access: token("access_token")?, refresh: token("refresh_token")? })
    }
}

impl Answer {
    /// The response in one line, without tokens.
    fn described(&self) -> String {
        let Self { status, body } = self;
        let device = |session: &Value| {
            let name = session.get("device").and_then(Value::as_str).unwrap_or("?");
            let current = session.get("current") == Some(&Value::Bool(true));
            format!("{name}{}", if current { " (this one)" } else { "" })
        };
        if let Some(sessions) = body.get("sessions").and_then(Value::as_array) {
            let devices: Vec<_> = sessions.iter().map(device).collect();
            format!("{status}, {}", devices.join(", "))
        } else if Tokens::read(self).is_ok() {
            format!("{status}, an access token and a refresh token")
        } else {
            format!("{status} {body}")
        }
    }
}
