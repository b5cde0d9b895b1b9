//! One exchange between a desk and the province, frame by frame: what is on its way, where it is cut, what is flipped,
//! and who dies in the middle.

use crate::{
    check::{Checked, Violation, broken},
    dice::Dice,
    province::{Brought, Crash, Office},
    world::World,
};
use std::collections::VecDeque;
use suanpan_sync::{
    client::{self, Progress, SessionFault, Upload, store::StoreFault},
    frame::{Frame, FrameReader, Stop, StopCode},
    keys::SecretKeys,
    scope::{DeviceId, Scope},
    server,
};

/// How much of what goes one way arrives.
#[derive(Debug, Clone, Copy)]
pub struct Fate {
    /// Frames that arrive whole; then a part of the next, then nothing.
    pub frames: usize,
    /// Frame in which a bit is flipped, from 0.
    pub flipped: Option<usize>,
}

pub const PERFECT: Fate = Fate { frames: usize::MAX, flipped: None };

impl Fate {
    fn of(dice: &mut Dice) -> Self {
        let most = [2, 4, 12][dice.below(3)];
        match dice.below(10) {
            0..=5 => PERFECT,
            6..=8 => Self { frames: dice.below(most), flipped: None },
            _ => Self { frames: usize::MAX, flipped: Some(dice.below(most)) },
        }
    }
}

/// One direction of a link.
#[derive(Debug, Clone)]
struct Pipe {
    fate: Fate,
    frames: VecDeque<Vec<u8>>,
    count: usize,
    is_dead: bool,
}

impl Pipe {
    fn new(fate: Fate) -> Self {
        Self { fate, frames: VecDeque::new(), count: 0, is_dead: false }
    }

    fn push(&mut self, dice: &mut Dice, mut frame: Vec<u8>) {
        let number = self.count;
        self.count += 1;
        if self.is_dead {
            return;
        }
        if number == self.fate.frames {
            frame.truncate(dice.below(frame.len()));
            self.is_dead = true;
        }
        if self.fate.flipped == Some(number) && !frame.is_empty() {
            let at = dice.below(frame.len() * 8);
            frame[at / 8] ^= 1 << (at % 8);
        }
        if !frame.is_empty() {
            self.frames.push_back(frame);
        }
    }

    /// Some of what is on its way, cut anywhere.
    fn pop(&mut self, dice: &mut Dice) -> Option<Vec<u8>> {
        let mut bytes = self.frames.pop_front()?;
        while dice.chance(60)
            && let Some(frame) = self.frames.pop_front()
        {
            bytes.extend(frame);
        }
        if dice.chance(15) && bytes.len() > 1 {
            let rest = bytes.split_off(1 + dice.below(bytes.len() - 1));
            self.frames.push_front(rest);
        }
        Some(bytes)
    }
}

/// An exchange that is going on. Without a client: an old request that still arrives.
pub struct Talk {
    pub desk: usize,
    pub client: Option<client::Session<'static>>,
    server: Option<server::Session>,
    up: Pipe,
    down: Pipe,
    /// What was sent, whole, for whoever replays it.
    sent: Vec<u8>,
    tap: Tap,
    /// Steps in which nothing moved.
    still: u32,
}

impl Talk {
    /// The province's process is gone.
    pub fn break_off(&mut self) {
        self.server = None;
    }
}

/// Reads along what arrives at the province.
#[derive(Default)]
pub struct Tap {
    reader: FrameReader,
    pub device: Option<DeviceId>,
    pub brought: Brought,
    /// Parcels that have arrived since the last look: number and size.
    fresh: Vec<(u64, usize)>,
}

impl Tap {
    pub fn push(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
        while let Ok(Some(frame)) = self.reader.next_frame() {
            match frame {
                Frame::Hello(hello) => self.device = Some(hello.device),
                Frame::Parcel { seq, packed, .. } => {
                    self.fresh.push((seq, packed.len()));
                    self.brought.insert(seq, packed);
                }
                _ => {}
            }
        }
    }
}

/// How an exchange ended for the desk.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    Done(Progress),
    Stopped(Stop),
    /// The link broke, or the program was killed.
    Cut,
    /// What came does not fit what is here.
    Diverged(Scope),
}

impl World {
    /// Begins an exchange. The book may die while it is being packed.
    pub fn begin_talk(&mut self, at: usize, up: Fate, down: Fate) -> Result<bool, Violation> {
        let now_ms = self.desk_clock(at);
        let settings = self.desks[at].settings(&self.options);
        let Some(keys) = self.desks[at].keys else { return Ok(false) };
        let clock = self.clocks_of(at, now_ms);
        let begun = client::Session::begin(&mut self.desks[at].book, keys, settings, clock);
        self.desks[at].book.commits_left = None;
        let client = match begun {
            Ok(client) => client,
            Err(SessionFault::NotEnrolled | SessionFault::Store(StoreFault::Failed(_))) => return Ok(false),
            Err(fault) => return Err(broken(0, format!("desk {at} cannot begin: {fault}"))),
        };
        self.exchanges += 1;
        let server = server::Session::new(self.server_settings());
        self.talks.push(Talk {
            desk: at,
            client: Some(client),
            server: Some(server),
            up: Pipe::new(up),
            down: Pipe::new(down),
            sent: Vec::new(),
            tap: Tap::default(),
            still: 0,
        });
        Ok(true)
    }

    pub fn random_fate(&mut self) -> Fate {
        Fate::of(&mut self.dice)
    }

    /// Moves exchange `at` on. Some: it is over for its desk.
    pub fn advance_talk(&mut self, at: usize, crash: Crash) -> Result<Option<Ended>, Violation> {
        let mut talk = self.talks.swap_remove(at);
        let moved = self.advance(&mut talk, crash)?;
        let ended = match moved {
            Moved::On => {
                talk.still = 0;
                None
            }
            Moved::Still => {
                talk.still += 1;
                (talk.still > 1).then_some(Ended::Cut)
            }
            Moved::Over(ended) => Some(ended),
        };
        let Some(ended) = ended else {
            self.talks.push(talk);
            return Ok(None);
        };
        let had_client = talk.client.take().is_some();
        self.remember(&talk);
        // What is still on its way may arrive whenever it likes.
        if !talk.up.frames.is_empty() && talk.server.is_some() {
            talk.still = 0;
            self.talks.push(talk);
        }
        Ok(had_client.then_some(ended))
    }

    fn remember(&mut self, talk: &Talk) {
        if !talk.sent.is_empty() && self.old_requests.len() < 40 {
            self.old_requests.push(talk.sent.clone());
        }
    }

    fn advance(&mut self, talk: &mut Talk, crash: Crash) -> Result<Moved, Violation> {
        let uploaded = self.upload(talk)?;
        if let Uploaded::Broken(ended) = uploaded {
            return Ok(Moved::Over(ended));
        }
        let mut moved = uploaded == Uploaded::Some;
        if let Some(bytes) = talk.up.pop(&mut self.dice) {
            moved = true;
            self.arrive(talk, &bytes, crash)?;
        } else if talk.server.as_ref().is_some_and(server::Session::is_pulling) {
            moved = true;
            self.answer(talk)?;
        }
        if talk.client.is_none() {
            let over = talk.up.frames.is_empty() || talk.server.is_none();
            return Ok(if over { Moved::Over(Ended::Cut) } else { Moved::On });
        }
        if self.dice.chance(70)
            && let Some(bytes) = talk.down.pop(&mut self.dice)
        {
            return Ok(self.come_in(talk, &bytes)?.map_or(Moved::On, Moved::Over));
        }
        moved |= !talk.down.frames.is_empty();
        Ok(if moved { Moved::On } else { Moved::Still })
    }

    fn upload(&mut self, talk: &mut Talk) -> Result<Uploaded, Violation> {
        let Some(client) = talk.client.as_mut() else { return Ok(Uploaded::None) };
        let mut uploaded = Uploaded::None;
        for _ in 0..3 {
            match client.next_upload(&mut self.desks[talk.desk].book) {
                Ok(Upload::Send(bytes)) => {
                    talk.sent.extend_from_slice(&bytes);
                    talk.up.push(&mut self.dice, bytes);
                    uploaded = Uploaded::Some;
                }
                Ok(Upload::Wait | Upload::Finished) => break,
                Err(SessionFault::Store(StoreFault::Failed(_))) => {
                    self.desks[talk.desk].book.commits_left = None;
                    return Ok(Uploaded::Broken(Ended::Cut));
                }
                Err(fault) => return Err(broken(0, format!("desk {} cannot send: {fault}", talk.desk))),
            }
        }
        Ok(uploaded)
    }

    /// Bytes arrive at the province.
    fn arrive(&mut self, talk: &mut Talk, bytes: &[u8], crash: Crash) -> Checked {
        talk.tap.push(bytes);
        self.count_again(talk);
        let Some(session) = talk.server.clone() else { return Ok(()) };
        let now_ms = self.now_ms;
        let device = talk.tap.device;
        let done = self.office.transaction(crash, &self.journal, &talk.tap.brought, device, now_ms, |store| {
            let mut session = session;
            let answer = session.receive(store, bytes, now_ms)?;
            Ok((session, answer))
        })?;
        match done {
            Some((session, answer)) => {
                talk.server = Some(session);
                self.send_down(talk, &answer);
            }
            None => {
                talk.server = None;
                if crash == Crash::Busy {
                    let stop = Stop { code: StopCode::Busy, message: "忙".into(), retry_ms: 500, scope: None };
                    let mut bytes = Vec::new();
                    Frame::Stop(stop).write(&mut bytes);
                    self.send_down(talk, &bytes);
                }
            }
        }
        Ok(())
    }

    /// 17: counts parcels that arrive although the province has them.
    fn count_again(&mut self, talk: &mut Talk) {
        let known = talk.tap.device.and_then(|device| self.office.device(device)).map_or(0, |known| known.received.seq);
        for (seq, bytes) in talk.tap.fresh.drain(..) {
            let by_hand = talk.tap.device.is_some_and(|device| self.by_hand.contains(&(device, seq)));
            // What a copy of the book has sent, this desk cannot know to be there.
            let by_a_copy = talk
                .tap
                .device
                .is_some_and(|device| *self.brought_by.entry((device, seq)).or_insert(talk.desk) != talk.desk);
            if seq <= known && talk.client.is_some() && !by_hand && !by_a_copy {
                self.sent_again.push((talk.desk, bytes));
            }
        }
    }

    fn answer(&mut self, talk: &mut Talk) -> Checked {
        let Some(session) = talk.server.as_mut() else { return Ok(()) };
        let now_ms = self.now_ms;
        let keys = self.province_keys;
        let sign = |bytes: &[u8]| keys.sign(server::SIGNED_CHECKPOINT, &[bytes]);
        let answer = self.office.read(|store| session.pull(store, &sign, now_ms))?;
        self.send_down(talk, &answer);
        Ok(())
    }

    fn send_down(&mut self, talk: &mut Talk, answer: &[u8]) {
        for frame in frames(answer) {
            talk.down.push(&mut self.dice, frame.to_vec());
        }
    }

    /// Bytes arrive at the desk.
    fn come_in(&mut self, talk: &mut Talk, bytes: &[u8]) -> Result<Option<Ended>, Violation> {
        let Some(client) = talk.client.as_mut() else { return Ok(None) };
        let received = client.receive(&mut self.desks[talk.desk].book, bytes);
        let (stop, progress) = (client.stop().cloned(), client.progress().clone());
        self.desks[talk.desk].book.commits_left = None;
        self.look_at(talk.desk)?;
        match received {
            Ok(()) if progress.done => Ok(Some(Ended::Done(progress))),
            Ok(()) => Ok(stop.map(Ended::Stopped)),
            Err(SessionFault::Store(StoreFault::Diverged(scope))) => Ok(Some(Ended::Diverged(scope))),
            Err(SessionFault::Store(_) | SessionFault::Frame(_)) => Ok(Some(Ended::Cut)),
            Err(fault) => Err(broken(0, format!("desk {} cannot take in: {fault}", talk.desk))),
        }
    }

    /// An old request arrives once more, whole, and nobody waits for the answer.
    pub fn replay(&mut self, sent: &[u8]) -> Checked {
        let mut tap = Tap::default();
        tap.push(sent);
        let (now_ms, settings) = (self.now_ms, self.server_settings());
        let done = self.office.transaction(Crash::None, &self.journal, &tap.brought, tap.device, now_ms, |store| {
            server::Session::new(settings).receive(store, sent, now_ms)
        });
        done.map(|_| ())
    }

    pub fn server_settings(&self) -> server::Settings {
        Office::settings(&self.options, self.documents_min, self.reply_bytes)
    }
}

enum Moved {
    On,
    Still,
    Over(Ended),
}

#[derive(PartialEq)]
enum Uploaded {
    None,
    Some,
    Broken(Ended),
}

/// The frames of an answer, which always holds whole ones.
pub fn frames(bytes: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (mut length, mut at) = (0_usize, 0);
        loop {
            length |= usize::from(rest[at] & 0x7f) << (7 * at);
            at += 1;
            if rest[at - 1] & 0x80 == 0 {
                break;
            }
        }
        let (frame, after) = rest.split_at(at + length);
        frames.push(frame);
        rest = after;
    }
    frames
}

/// Keys by number, made once: the same number always gives the same keys.
pub fn keys(number: u32) -> &'static SecretKeys {
    use std::sync::{Mutex, OnceLock, PoisonError};
    static MADE: OnceLock<Mutex<Vec<&'static SecretKeys>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    while made.len() <= number as usize {
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&(made.len() as u32).to_le_bytes());
        made.push(Box::leak(Box::new(SecretKeys::from_seed(seed))));
    }
    made[number as usize]
}
