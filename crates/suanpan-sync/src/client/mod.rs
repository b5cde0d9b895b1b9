//! The desk's side of a conversation, as a machine. The caller moves bytes and gives the time; every frame that
//! arrives is committed to the book before the next is looked at.
//!
//! [`Session::begin`] packs what is waiting and greets; then [`Session::next_upload`] and [`Session::receive`] as the
//! link allows. How rows follow from what has come is [`rebase`].

mod pack;
pub mod rebase;
pub mod refresh;
mod reopen;
mod settle;
pub mod store;
mod take;

use crate::{
    codec,
    faults::Planted,
    frame::{Cursor, Frame, FrameError, FrameReader, Hello, Newest, PROTOCOL, Stop, mark},
    keys::SecretKeys,
    lease::{Ask, MOST_CODES, SIGNED_ASK},
    parcel::Clocks,
    scope::{PROVINCE, Place},
    server::{SIGNED_HELLO, SIGNED_PARCEL},
};
use store::{Book, Desk, Parceled, Short, StoreFault, Stored};

/// Parcels that may be under way without an answer.
const WINDOW: u64 = 2;
/// Parcels are read from the book in stretches of about this size.
const READ_AHEAD_BYTES: usize = 128 << 10;

/// Packed bytes of entries that are committed together, about.
const COMMITTED_BYTES: usize = 4 << 10;

/// Version of the entity documents of this program: 2 came with the entity that carries the province's amendments.
pub const DOCUMENTS: u32 = 2;
/// Oldest version of the documents with which amendments are understood.
pub const AMENDABLE: u32 = 2;

/// How the desk wants it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Version of the entity documents of this program, [`DOCUMENTS`].
    pub documents: u32,
    /// What a parcel may hold packed: more on a good link.
    pub frame_bytes: usize,
    pub wants_checkpoint: bool,
    /// Faults planted by tests of the tests; none in earnest.
    pub planted: Planted,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            documents: DOCUMENTS,
            frame_bytes: codec::FRAME_BYTES,
            wants_checkpoint: false,
            planted: Planted::default(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SessionFault {
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("尚未在平台登记，请先登记本机")]
    NotEnrolled,
}

/// What to send next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upload {
    Send(Vec<u8>),
    /// Nothing before the province has answered.
    Wait,
    /// All is sent; the request may end.
    Finished,
}

/// What the conversation has come to so far, for the person who watches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Parcels to send in all and acknowledged.
    pub to_send: u64,
    pub sent: u64,
    /// Entries taken in, and entries that wait at the province.
    pub pulled: u64,
    pub remaining: u64,
    pub disputed: u64,
    pub refused: u64,
    /// The exchange ended as it should.
    pub done: bool,
}

/// One conversation.
pub struct Session<'k> {
    keys: &'k SecretKeys,
    settings: Settings,
    reader: FrameReader,
    hello: Option<Vec<u8>>,
    /// Settled and newest parcel as they were at the beginning.
    first: u64,
    newest: u64,
    waits: bool,
    next: u64,
    acked: u64,
    ended: bool,
    ahead: Vec<Parceled>,
    stop: Option<Stop>,
    progress: Progress,
    server_ms: i64,
    /// The frames come from a package: it may be an old one.
    carried: bool,
    /// The province tells every outcome again: settled groups may have come to something else.
    anew: bool,
}

impl<'k> Session<'k> {
    /// Packs what is waiting, counts the request and greets. The book holds all of it before a byte is sent.
    pub fn begin(
        book: &mut dyn Book,
        keys: &'k SecretKeys,
        settings: Settings,
        clock: Clocks,
    ) -> Result<Self, SessionFault> {
        let (mut begun, mut short) = (None, Vec::new());
        pack::pack(book, settings.frame_bytes)?;
        book.transaction(&mut |desk| {
            begun = greet(desk, keys, &settings)?;
            short = desk.short_of_codes()?;
            Ok(())
        })?;
        let (hello, settled, newest) = begun.ok_or(SessionFault::NotEnrolled)?;
        let (waits, mut bytes) = (hello.waits, Vec::new());
        let asks = short.into_iter().map(|short| ask(keys, &hello, short)).collect::<Vec<_>>();
        Frame::Hello(hello).write(&mut bytes);
        asks.into_iter().for_each(|ask| Frame::Ask(ask).write(&mut bytes));
        Ok(Self {
            keys,
            settings,
            reader: FrameReader::default(),
            hello: Some(bytes),
            first: settled,
            newest,
            waits,
            next: settled + 1,
            acked: settled,
            ended: false,
            ahead: Vec::new(),
            stop: None,
            progress: Progress { to_send: newest.saturating_sub(settled), ..Progress::default() },
            server_ms: clock.server_ms,
            carried: false,
            anew: false,
        })
    }

    /// Takes in the frames of a package that the province wrote; nothing is sent.
    pub fn carried(keys: &'k SecretKeys) -> Self {
        Self {
            keys,
            settings: Settings::default(),
            reader: FrameReader::default(),
            hello: None,
            first: 0,
            newest: 0,
            waits: false,
            next: 1,
            acked: 0,
            ended: true,
            ahead: Vec::new(),
            stop: None,
            progress: Progress::default(),
            server_ms: 0,
            carried: true,
            anew: false,
        }
    }

    /// Everything there is to say, for a package: nobody answers in between. Parcels first to last, and the bytes.
    pub fn whole_upload(&mut self, book: &mut dyn Book) -> Result<((u64, u64), Vec<u8>), SessionFault> {
        self.waits = false;
        self.acked = u64::MAX - WINDOW;
        let parcels = if self.newest > self.first { (self.first + 1, self.newest) } else { (0, 0) };
        let mut bytes = Vec::new();
        while let Upload::Send(part) = self.next_upload(book)? {
            bytes.extend_from_slice(&part);
        }
        Ok((parcels, bytes))
    }

    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Why the province ended the conversation, if it did.
    pub fn stop(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    /// No answer has come to what was sent, for longer than the caller cares to wait: a proxy may hold it back until
    /// the request ends. Ends it; what is left goes with the next.
    pub fn end_early(&mut self) {
        self.newest = self.next.saturating_sub(1);
        self.waits = false;
    }

    pub fn next_upload(&mut self, book: &mut dyn Book) -> Result<Upload, SessionFault> {
        if let Some(hello) = self.hello.take() {
            return Ok(Upload::Send(hello));
        }
        if self.ended || self.stop.is_some() || self.progress.done {
            return Ok(Upload::Finished);
        }
        if self.waits {
            return Ok(Upload::Wait);
        }
        let mut bytes = Vec::new();
        if self.next > self.newest {
            self.ended = true;
            Frame::End.write(&mut bytes);
            return Ok(Upload::Send(bytes));
        }
        if self.next > self.acked + WINDOW {
            return Ok(Upload::Wait);
        }
        let Some(parcel) = self.read_ahead(book)? else {
            self.newest = self.next - 1;
            return self.next_upload(book);
        };
        // The hello named the newest one, unless there was nothing to send before a restored province asked for it again.
        let is_named = parcel.place.seq == self.newest && self.newest > self.first;
        let signature = (!is_named).then(|| self.keys.sign(SIGNED_PARCEL, &[&parcel.place.hash]));
        Frame::Parcel { seq: parcel.place.seq, packed: parcel.packed, signature }.write(&mut bytes);
        self.next += 1;
        if self.settings.planted.loses_acks {
            self.take_for_settled(book, parcel.place)?;
        }
        Ok(Upload::Send(bytes))
    }

    fn read_ahead(&mut self, book: &mut dyn Book) -> Result<Option<Parceled>, SessionFault> {
        if self.ahead.is_empty() {
            let after = self.next - 1;
            book.transaction(&mut |desk| {
                self.ahead = desk.outbox(after, READ_AHEAD_BYTES)?;
                Ok(())
            })?;
            self.ahead.reverse();
        }
        Ok(self.ahead.pop())
    }

    fn take_for_settled(&self, book: &mut dyn Book, place: Place) -> Result<(), SessionFault> {
        Ok(book.transaction(&mut |desk| {
            let mut state = desk.state()?;
            state.settled = place;
            desk.put_state(&state)
        })?)
    }

    /// Takes bytes as they arrived and commits every whole frame. After an error the session is over; what was
    /// committed stands, and the next session goes on from there.
    pub fn receive(&mut self, book: &mut dyn Book, bytes: &[u8]) -> Result<(), SessionFault> {
        self.reader.push(bytes);
        let mut frames = Vec::new();
        let mut broken = None;
        loop {
            match self.reader.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        let mut frames = frames.as_slice();
        while !frames.is_empty() {
            let (together, rest) = frames.split_at(committed_together(frames));
            frames = rest;
            let before = self.progress.clone();
            let taken = book.in_background(&mut |desk| {
                // Of all that `take` changes in the session only this is counted up.
                self.progress = before.clone();
                together.iter().try_for_each(|frame| self.take(desk, frame))
            });
            if taken.is_err() {
                self.progress = before;
            }
            taken?;
        }
        broken.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// How many of these frames go into one transaction: small ones together, which spares the disk, but no more than so
/// many bytes of entries, because all of it is done again when somebody types meanwhile. What the province itself wrote
/// ends one too: it may amend the documents by which the next entry is read.
fn committed_together(frames: &[Frame]) -> usize {
    let mut bytes = 0;
    let is_enough = |frame: &Frame| {
        if let Frame::Entry(entry) = frame {
            bytes += if entry.device == PROVINCE { COMMITTED_BYTES } else { entry.packed.len() };
        }
        bytes >= COMMITTED_BYTES
    };
    frames.iter().position(is_enough).map_or(frames.len(), |at| at + 1)
}

/// Goes with the hello, so that a stock is filled up without a request of its own.
fn ask(keys: &SecretKeys, hello: &Hello, short: Short) -> Ask {
    let Short { series, count, have } = short;
    let mut ask = Ask { series, count: count.clamp(1, MOST_CODES), have, signature: [0; 64] };
    ask.signature = keys.sign(SIGNED_ASK, &[&ask.signed_bytes(hello.device, hello.request)]);
    ask
}

/// (hello, settled parcel, newest parcel), None when the desk is not enrolled. The request number is used up.
fn greet(desk: &dyn Desk, keys: &SecretKeys, settings: &Settings) -> Stored<Option<(Hello, u64, u64)>> {
    let mut state = desk.state()?;
    let Some(device) = state.device else { return Ok(None) };
    state.request += 1;
    let waits = !state.in_step && state.outbox.seq > state.settled.seq;
    state.in_step = false;
    desk.put_state(&state)?;
    let cursors =
        desk.cursors()?.into_iter().map(|(scope, place)| Cursor { scope, seq: place.seq, mark: mark(&place.hash) });
    let mut hello = Hello {
        protocol: PROTOCOL,
        device,
        request: state.request,
        documents: settings.documents,
        settled: state.settled.seq,
        settled_mark: mark(&state.settled.hash),
        stamp: Some(state.stamp.unwrap_or_default()),
        push: (state.outbox.seq > state.settled.seq).then(|| Newest::of(&state.outbox)),
        waits,
        wants_checkpoint: settings.wants_checkpoint,
        cursors: cursors.collect(),
        signature: [0; 64],
    };
    hello.signature = keys.sign(SIGNED_HELLO, &[&hello.signed_bytes()]);
    Ok(Some((hello, state.settled.seq, state.outbox.seq)))
}
