//! The reply: outcomes that were not plain, then the entries the client has not seen, scope by scope.

use super::{
    Settings, Sign,
    store::{LogEntry, Province, Stored},
};
use crate::{
    client::AMENDABLE,
    frame::{Checkpoint, Cursor, Done, Entry, Frame, Hello, Newest, Outcome, Stamp, Stop, StopCode, mark},
    scope::{DeviceId, Place, Scope},
};

/// How far the reply is.
#[derive(Debug, Clone)]
pub struct Pull {
    device: DeviceId,
    documents: u32,
    settled: u64,
    stamp: Option<Stamp>,
    push: Option<Newest>,
    wants_checkpoint: bool,
    cursors: Vec<Cursor>,
    carried: bool,
    /// When the welcome was written, ms since 1970.
    welcomed_ms: i64,
    /// Parcels of the device up to this one are those of the very book that asks.
    vouched: u64,
    begun: bool,
    /// Place among the cursors.
    at: usize,
    /// What is said after the last of them instead of *done*: the next scope must be fetched whole.
    stop: Option<Stop>,
    sent_bytes: usize,
}

/// Content bytes that one step sends, about, and that are read from the store at a time.
const STEP_BYTES: usize = 64 << 10;
/// The same when most of it is the device's own and is not sent.
const STEP_READ_BYTES: usize = 512 << 10;

impl Pull {
    pub fn of(hello: &Hello, carried: bool, welcomed_ms: i64) -> Self {
        Self {
            device: hello.device,
            documents: hello.documents,
            settled: hello.settled,
            stamp: hello.stamp,
            push: hello.push,
            wants_checkpoint: hello.wants_checkpoint,
            cursors: hello.cursors.clone(),
            carried,
            welcomed_ms,
            vouched: 0,
            begun: false,
            at: 0,
            stop: None,
            sent_bytes: 0,
        }
    }

    /// Appends the next piece to `answer`; true when that was all.
    pub fn step(
        &mut self,
        store: &dyn Province,
        settings: &Settings,
        sign: Sign<'_>,
        now_ms: i64,
        answer: &mut Vec<u8>,
    ) -> Stored<bool> {
        if !self.begun {
            self.begun = true;
            if let Some(stop) = self.begin(store, settings, answer)? {
                Frame::Stop(stop).write(answer);
                return Ok(true);
            }
        }
        let mut read_bytes = 0;
        while let Some(cursor) = self.cursors.get_mut(self.at) {
            let room = settings.reply_bytes.saturating_sub(self.sent_bytes).min(STEP_BYTES);
            if room == 0 {
                break;
            }
            let entries = store.entries(cursor.scope, cursor.seq, room)?;
            let Some(last) = entries.last() else {
                self.at += 1;
                continue;
            };
            cursor.seq = last.place.seq;
            // The device's own parcels cost a few bytes together, however much they hold.
            let sent = entries.iter().filter(|entry| !is_own(entry, self.device, self.vouched));
            self.sent_bytes += sent.map(|entry| entry.packed.len()).sum::<usize>();
            read_bytes += entries.iter().map(|entry| entry.packed.len()).sum::<usize>();
            write_entries(&entries, self.device, self.vouched, answer);
            if answer.len() >= STEP_BYTES / 2 || read_bytes >= STEP_READ_BYTES {
                return Ok(false);
            }
        }
        match self.stop.take() {
            Some(stop) => Frame::Stop(stop).write(answer),
            None => self.finish(store, sign, now_ms, answer)?,
        }
        Ok(true)
    }

    /// Outcomes, and the cursors held against the logs. Some(stop): the client must do something else first.
    fn begin(&mut self, store: &dyn Province, settings: &Settings, answer: &mut Vec<u8>) -> Stored<Option<Stop>> {
        let Some(device) = store.device(self.device)? else { return Ok(None) };
        self.vouched = self.vouched_for(store)?;
        for bytes in store.outcomes(self.device, self.settled)? {
            if let Ok(outcome) = Outcome::of_bytes(&bytes) {
                Frame::Outcome(outcome).write(answer);
            }
        }
        self.cursors.retain(|cursor| device.reads.contains(&cursor.scope));
        for scope in &device.reads {
            if self.cursors.iter().all(|cursor| cursor.scope != *scope) {
                self.cursors.push(Cursor { scope: *scope, seq: 0, mark: [0; 8] });
            }
        }
        // The province's own scope comes first: amendments of the documents before what is written by them.
        self.cursors.sort_by_key(|cursor| cursor.scope);
        let amended = store.schema().amended() > 0;
        if self.documents < settings.documents_min.max(if amended { AMENDABLE } else { 0 }) {
            let message = "程序版本太旧，不能接收平台的数据，请升级后再同步；本机的数据已全部上报".into();
            return Ok(Some(Stop { code: StopCode::TooOld, message, retry_ms: 0, scope: None }));
        }
        for (at, cursor) in self.cursors.iter().enumerate() {
            let known = if cursor.seq == 0 { Some([0; 32]) } else { store.place(cursor.scope, cursor.seq)? };
            if known.is_none_or(|hash| mark(&hash) != cursor.mark) {
                let message = "平台的数据与本机上次同步时的不同，将重新接收全部数据；本机未上报的内容不会丢失".into();
                self.stop = Some(Stop { code: StopCode::Reset, message, retry_ms: 0, scope: Some(cursor.scope) });
                self.cursors.truncate(at);
                break;
            }
        }
        Ok(None)
    }

    /// A copy of the book may have sent other parcels under the same numbers, even while this conversation was going
    /// on: those come back with their content. So does everything in a package, which a copy may take in.
    fn vouched_for(&self, store: &dyn Province) -> Stored<u64> {
        if self.carried {
            return Ok(0);
        }
        Ok(match self.push {
            Some(push) if held(store, self.device, push.seq)? == Some(push) => push.seq,
            _ => self.settled,
        })
    }

    fn finish(&self, store: &dyn Province, sign: Sign<'_>, now_ms: i64, answer: &mut Vec<u8>) -> Stored<()> {
        let mut remaining = 0;
        let mut checkpoints = Vec::new();
        for cursor in &self.cursors {
            let place = store.head(cursor.scope)?;
            remaining += place.seq.saturating_sub(cursor.seq);
            let wanted = if self.carried { sent_up_to(store, cursor)? } else { Some(place) };
            if let Some(place) = wanted.filter(|place| (self.wants_checkpoint || self.carried) && place.seq > 0) {
                let mut checkpoint = Checkpoint { scope: cursor.scope, place, server_ms: now_ms, signature: [0; 64] };
                checkpoint.signature = sign(&checkpoint.signed_bytes());
                checkpoints.push(checkpoint);
            }
        }
        let settled = store.device(self.device)?.map_or(0, |device| device.settled);
        let took_ms = now_ms.abs_diff(self.welcomed_ms.min(now_ms));
        let stamp = self.stamp_of(store, settled)?;
        Frame::Done(Done { took_ms, remaining, settled, checkpoints, stamp }).write(answer);
        Ok(())
    }

    /// When parcel `settled` was taken in, if the client can read it and did not say so itself.
    fn stamp_of(&self, store: &dyn Province, settled: u64) -> Stored<Option<Stamp>> {
        let Some(told) = self.stamp else { return Ok(None) };
        if settled == self.settled && told > 0 {
            return Ok(None);
        }
        store.stamp(self.device, settled)
    }
}

/// A package may meet a book that has gone on since it was asked for: by this the book sees whether the entries are
/// of the log that it knows.
fn sent_up_to(store: &dyn Province, cursor: &Cursor) -> Stored<Option<Place>> {
    Ok(store.place(cursor.scope, cursor.seq)?.map(|hash| Place { seq: cursor.seq, hash }))
}

/// The device's parcel `seq` as its book would name it; None: it is not known here.
pub fn held(store: &dyn Province, device: DeviceId, seq: u64) -> Stored<Option<Newest>> {
    Ok(store.chain(device, seq)?.map(|hash| Newest::of(&Place { seq, hash })))
}

fn is_own(entry: &LogEntry, device: DeviceId, vouched: u64) -> bool {
    entry.device == device && entry.verbatim && entry.parcel <= vouched
}

/// The device's own parcels come back as runs of numbers, the others with their content.
fn write_entries(entries: &[LogEntry], device: DeviceId, vouched: u64, answer: &mut Vec<u8>) {
    let mut own: Option<(Scope, u64, u64, u64)> = None;
    for entry in entries {
        let is_own = is_own(entry, device, vouched);
        match &mut own {
            Some((_, seq, parcel, count))
                if is_own && entry.place.seq == *seq + *count && entry.parcel == *parcel + *count =>
            {
                *count += 1;
                continue;
            }
            _ => write_own(own.take(), answer),
        }
        if is_own {
            own = Some((entry.scope, entry.place.seq, entry.parcel, 1));
            continue;
        }
        let (scope, seq, packed) = (entry.scope, entry.place.seq, entry.packed.clone());
        Frame::Entry(Entry { scope, seq, device: entry.device, parcel: entry.parcel, packed }).write(answer);
    }
    write_own(own, answer);
}

fn write_own(own: Option<(Scope, u64, u64, u64)>, answer: &mut Vec<u8>) {
    if let Some((scope, first_seq, first_parcel, count)) = own {
        Frame::Own { scope, first_seq, first_parcel, count }.write(answer);
    }
}
