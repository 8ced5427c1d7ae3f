//! Bodies that an adapter reads before the handler does.

use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;
use jwt_core::adapter::{Piece, Replay, read_body};
use jwt_core::error::InvalidRequest;

use crate::support::block_on;

type Frame = Result<Piece<&'static str>, &'static str>;

/// A body that must not be polled after its end.
struct Frames(Option<std::vec::IntoIter<Frame>>);

impl Frames {
    fn next(&mut self) -> Option<Frame> {
        let next = self.0.as_mut().expect("a body that has not ended").next();
        if next.is_none() {
            self.0 = None;
        }
        next
    }
}

fn data(text: &'static str) -> Frame {
    Ok(Piece::Data(Bytes::from_static(text.as_bytes())))
}

fn text(frame: Frame) -> String {
    match frame {
        Ok(Piece::Data(data)) => String::from_utf8(data.to_vec()).unwrap(),
        Ok(Piece::Trailers(fields)) => format!("[{fields}]"),
        Err(error) => format!("!{error}"),
    }
}

type Outcome = Result<Bytes, InvalidRequest>;

/// Reads at most 8 bytes. Returns the outcome and what the handler reads then.
fn read(announced: u64, frames: Vec<Frame>) -> (Outcome, Vec<String>) {
    let body = Frames(Some(frames.into_iter()));
    let reading = read_body(body, 8, announced, |body, _| Poll::Ready(body.next()));
    let (outcome, mut replay) = block_on(reading);
    let mut replayed = Vec::new();
    while let Some(frame) = next(&mut replay) {
        replayed.push(text(frame));
    }
    assert!(replay.is_drained() && replay.held() == 0);
    assert!(outcome.is_err() || next(&mut replay).is_none(), "the end can be read again");
    (outcome.map(|body| body.0).map_err(|unread| unread.0), replayed)
}

fn next(replay: &mut Replay<Frames, &'static str, &'static str>) -> Option<Frame> {
    block_on(poll_fn(|context| replay.poll_next(context)))
}

#[test]
fn what_was_read_is_one_frame_and_the_rest_follows() {
    let trailers = || Ok(Piece::Trailers("sum"));
    let (large, bad) = (Err(InvalidRequest::BodyTooLarge), Err(InvalidRequest::BodyUnreadable));
    let read_as = |text: &'static str| -> Outcome { Ok(Bytes::from_static(text.as_bytes())) };
    for (frames, outcome, replayed) in [
        (vec![], read_as(""), vec![]),
        (vec![data(""), data("")], read_as(""), vec![]),
        (vec![data("a"), data("bc"), data("")], read_as("abc"), vec!["abc"]),
        (vec![data("1234"), data("5678")], read_as("12345678"), vec!["12345678"]),
        (vec![data("a"), data("b"), trailers()], read_as("ab"), vec!["ab", "[sum]"]),
        (vec![trailers()], read_as(""), vec!["[sum]"]),
        (vec![data("123456789")], large.clone(), vec!["123456789"]),
        (vec![data("1234"), data("5678"), data("9"), data("10")], large.clone(), vec!["12345678", "9", "10"]),
        (vec![data("1"), data("23456789"), trailers()], large.clone(), vec!["1", "23456789", "[sum]"]),
        (vec![Err("gone")], bad.clone(), vec!["!gone"]),
        (vec![data("a"), data("b"), Err("gone"), data("c")], bad.clone(), vec!["ab", "!gone", "c"]),
        // Frames that no client can send.
        (vec![data("a"), trailers(), data("b"), data("c")], bad.clone(), vec!["a", "[sum]", "b", "c"]),
        (vec![trailers(), trailers(), trailers()], bad.clone(), vec!["[sum]", "[sum]", "[sum]"]),
        (vec![data("a"), trailers(), Err("gone")], bad.clone(), vec!["a", "[sum]", "!gone"]),
    ] {
        assert_eq!(read(0, frames), (outcome, replayed.into_iter().map(String::from).collect()));
    }
}

#[test]
fn a_body_that_announces_too_much_is_not_read() {
    let frames = || vec![data("a"), data("b")];
    for announced in [9, u64::MAX] {
        let (outcome, replayed) = read(announced, frames());
        assert_eq!(outcome, Err(InvalidRequest::BodyTooLarge));
        assert_eq!(replayed, ["a", "b"], "frame by frame");
    }
    assert_eq!(read(8, frames()), (Ok(Bytes::from_static(b"ab")), vec!["ab".into()]));
}

#[test]
fn the_buffer_is_not_larger_than_the_limit() {
    for (limit, sent) in [(1000, 513), (1000, 999), (1000, 1000), (5, 5)] {
        let frames = Frames(Some((0..sent).map(|_| data("x")).collect::<Vec<_>>().into_iter()));
        let reading = read_body(frames, limit, 0, |body, _| Poll::Ready(body.next()));
        let (outcome, replay) = block_on(reading);
        drop(replay);
        let body = outcome.map_err(|unread| unread.0).unwrap().0;
        assert_eq!(body.len(), sent);
        let buffer = body.try_into_mut().map_err(|_| "shared").unwrap();
        assert!(buffer.capacity() <= limit, "{sent}: {} of {limit}", buffer.capacity());
    }
}
