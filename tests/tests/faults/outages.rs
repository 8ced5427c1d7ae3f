//! Servers that refuse connections, and servers that hang without closing any.

use std::time::Duration;

use jwt_core::session::Sessions;

use crate::outage::{Outage, Reads, play};
use crate::servers::{Copied, Engine, InPostgres, InRedis, Opened};

/// The server is killed, and comes back with the data that it had written.
struct Refused<E: Engine>(Opened<E>, Reads);

impl<E: Engine> Outage for Refused<E> {
    fn reads(&self) -> Reads {
        self.1
    }

    fn store(&self) -> impl Sessions {
        self.0.store.clone()
    }

    fn begin(&mut self) {
        self.0.engine.kill();
    }

    fn end(&mut self) {
        self.0.engine.restart();
    }
}

/// The server is stopped. It receives requests but does not answer them. When it continues, it finds all of them, long
/// after their senders received an error.
struct Stopped<E: Engine>(Opened<E>, Reads);

impl<E: Engine> Outage for Stopped<E> {
    const LASTS: Duration = Duration::from_secs(10);

    fn reads(&self) -> Reads {
        self.1
    }

    fn store(&self) -> impl Sessions {
        self.0.store.clone()
    }

    fn begin(&mut self) {
        self.0.engine.pause();
    }

    fn end(&mut self) {
        self.0.engine.resume();
    }
}

fn refuse<E: Engine>(reads: Reads) {
    play("connections refused: killed", E::STORE, || Refused(Opened::<E>::new(), reads));
}

fn stop<E: Engine>(reads: Reads) {
    play("hangs: SIGSTOP for 10 s", E::STORE, || Stopped(Opened::<E>::new(), reads));
}

#[test]
fn postgres_refuses_connections() {
    refuse::<InPostgres>(Reads::Fail);
}

#[test]
fn redis_refuses_connections() {
    refuse::<InRedis>(Reads::Fail);
}

#[test]
fn a_copy_whose_source_refuses_connections() {
    refuse::<Copied>(Reads::GoOnForAWhile);
}

#[test]
fn postgres_is_stopped() {
    stop::<InPostgres>(Reads::Fail);
}

#[test]
fn redis_is_stopped() {
    stop::<InRedis>(Reads::Fail);
}

#[test]
fn a_copy_whose_source_is_stopped() {
    stop::<Copied>(Reads::GoOnForAWhile);
}
