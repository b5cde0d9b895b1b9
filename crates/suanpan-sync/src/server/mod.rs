//! The province's side of a conversation, as a machine: bytes in, bytes out, all effects in the store's transaction.
//! One [`Session`] per request. The caller commits what [`Session::receive`] did before it sends what it answered,
//! and throws the session away when it cannot (nothing was promised yet).
//!
//! How a group is decided is in [`decide`]; what the store must do is [`store::Province`].

mod cases;
pub mod decide;
mod lease;
pub mod overlay;
pub mod publish;
mod pull;
pub mod store;

use crate::{
    codec,
    faults::Planted,
    frame::{Frame, FrameReader, Hello, Newest, PROTOCOL, Stop, StopCode, Welcome, mark, stamp},
    keys,
    parcel::Parcel,
    scope::{Place, device_link},
};
use store::{Device, Province, StoreFault, Stored};

pub use cases::{CASE, DECIDED, OPEN};

/// Contexts under which things are signed, so that no signature fits two purposes.
pub const SIGNED_HELLO: &str = "suanpan sync hello";
pub const SIGNED_PARCEL: &str = "suanpan sync parcel";
pub const SIGNED_CHECKPOINT: &str = "suanpan sync checkpoint";

/// What the machine is told about the world.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Oldest version of the entity documents that may still pull.
    pub documents_min: u32,
    /// Content bytes of one reply, about.
    pub reply_bytes: usize,
    /// Faults planted by tests of the tests; none in earnest.
    pub planted: Planted,
}

impl Default for Settings {
    fn default() -> Self {
        Self { documents_min: 0, reply_bytes: 256 << 10, planted: Planted::default() }
    }
}

/// A parcel as it came: number, packed bytes, signature unless the hello's counts for it.
type Arrived = (u64, Vec<u8>, Option<[u8; 64]>);

/// Signs checkpoints under [`SIGNED_CHECKPOINT`]; the province's key stays with the caller.
pub type Sign<'a> = &'a dyn Fn(&[u8]) -> [u8; 64];

/// One conversation. Cloned before each step, so that a step whose commit fails leaves no trace.
#[derive(Debug, Clone)]
pub struct Session {
    reader: FrameReader,
    settings: Settings,
    phase: Phase,
    /// The frames came in a package: late, twice or out of order is as it should be.
    carried: bool,
    welcomed_ms: i64,
    brought: Brought,
}

/// What a conversation has brought so far, for whoever counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Brought {
    /// Groups that were decided, and their ops.
    pub groups: u64,
    pub ops: u64,
}

#[derive(Debug, Clone)]
enum Phase {
    Greeting,
    Pushing(Hello),
    Pulling(pull::Pull),
    Closed,
}

impl Session {
    pub fn new(settings: Settings) -> Self {
        Self {
            reader: FrameReader::of_desk(),
            settings,
            phase: Phase::Greeting,
            carried: false,
            welcomed_ms: 0,
            brought: Brought::default(),
        }
    }

    /// A conversation whose frames came in a package.
    pub fn carried(settings: Settings) -> Self {
        Self { carried: true, ..Self::new(settings) }
    }

    /// A conversation in which nothing more is said.
    pub fn closed() -> Self {
        Self { phase: Phase::Closed, ..Self::new(Settings::default()) }
    }

    pub fn brought(&self) -> Brought {
        self.brought
    }

    /// Is everything said that the client can be told?
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    /// Has the client said everything, so that [`Session::pull`] is next?
    pub fn is_pulling(&self) -> bool {
        matches!(self.phase, Phase::Pulling(_))
    }

    /// Takes bytes as they arrived. Returns what to answer once the store has committed.
    pub fn receive(&mut self, store: &dyn Province, bytes: &[u8], now_ms: i64) -> Stored<Vec<u8>> {
        self.reader.push(bytes);
        let mut answer = Vec::new();
        let mut arrived = Vec::new();
        loop {
            let frame = match self.reader.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => {
                    self.work_off(store, &mut arrived, &mut answer, now_ms)?;
                    self.stop(&mut answer, StopCode::Malformed, error.to_string());
                    break;
                }
            };
            match (frame, &self.phase) {
                (Frame::Hello(hello), Phase::Greeting) => self.greet(store, hello, &mut answer, now_ms)?,
                (Frame::Parcel { seq, packed, signature }, Phase::Pushing(_)) => arrived.push((seq, packed, signature)),
                (Frame::Ask(ask), Phase::Pushing(_)) => self.give_codes(store, &ask, &mut answer)?,
                (Frame::End, Phase::Pushing(_)) => {
                    // No ack: that all of it is there, *done* says by coming at all.
                    let mut acked = Vec::new();
                    self.work_off(store, &mut arrived, &mut acked, now_ms)?;
                    match &self.phase {
                        Phase::Pushing(hello) => {
                            self.phase = Phase::Pulling(pull::Pull::of(hello, self.carried, self.welcomed_ms));
                        }
                        _ => answer.extend(acked),
                    }
                }
                (_, Phase::Closed) => break,
                _ => {
                    self.stop(&mut answer, StopCode::Malformed, "同步数据的顺序不对，请升级程序".into());
                    break;
                }
            }
        }
        self.work_off(store, &mut arrived, &mut answer, now_ms)?;
        Ok(answer)
    }

    /// The next piece of the reply once the client has said everything; empty and closed at its end.
    pub fn pull(&mut self, store: &dyn Province, sign: Sign<'_>, now_ms: i64) -> Stored<Vec<u8>> {
        let mut answer = Vec::new();
        let Phase::Pulling(pull) = &mut self.phase else {
            self.phase = Phase::Closed;
            return Ok(answer);
        };
        if pull.step(store, &self.settings, sign, now_ms, &mut answer)? {
            self.phase = Phase::Closed;
        }
        Ok(answer)
    }

    fn stop(&mut self, answer: &mut Vec<u8>, code: StopCode, message: String) {
        self.stop_with(answer, Stop { code, message, retry_ms: 0, scope: None });
    }

    fn stop_with(&mut self, answer: &mut Vec<u8>, stop: Stop) {
        Frame::Stop(stop).write(answer);
        self.phase = Phase::Closed;
    }

    fn greet(&mut self, store: &dyn Province, hello: Hello, answer: &mut Vec<u8>, now_ms: i64) -> Stored<()> {
        if hello.protocol > PROTOCOL {
            self.stop(answer, StopCode::Malformed, "客户端的同步协议比平台新，请等平台升级后再同步".into());
            return Ok(());
        }
        let Some(mut device) = store.device(hello.device)? else {
            self.stop(answer, StopCode::Unknown, "本机尚未在平台登记，请先登记".into());
            return Ok(());
        };
        if !keys::verify(&device.verify, SIGNED_HELLO, &[&hello.signed_bytes()], &hello.signature) {
            self.stop(answer, StopCode::Unknown, "签名与登记的设备不符，请重新登记".into());
            return Ok(());
        }
        if device.revoked {
            self.stop(answer, StopCode::Revoked, "本机的登记已被管理员撤销，请联系县财政局".into());
            return Ok(());
        }
        if is_another_book(store, &device, &hello, self.carried)? {
            let message = "账套与平台记录的不是同一份（可能由备份恢复或复制而来），请重新登记；未上报的内容不会丢失";
            self.stop(answer, StopCode::Fork, message.into());
            return Ok(());
        }
        if hello.request <= device.request && !self.carried {
            self.stop(answer, StopCode::Replayed, "收到重复的请求，请重新同步".into());
            return Ok(());
        }
        device.request = device.request.max(hello.request);
        store.note_device(&device)?;
        self.welcomed_ms = now_ms;
        let received = device.received.seq;
        let (settled, anew) = if is_of_another_life(store, &device, &hello)? {
            // An older client hears at least of what it sends again.
            if hello.stamp.is_some() { (0, true) } else { (hello.settled.min(received), false) }
        } else {
            (hello.settled, false)
        };
        Frame::Welcome(Welcome { server_ms: now_ms, received, anew }).write(answer);
        self.phase = Phase::Pushing(Hello { settled, ..hello });
        Ok(())
    }

    /// Takes in the parcels that have arrived: keeps them, decides the groups that are complete.
    fn work_off(
        &mut self,
        store: &dyn Province,
        arrived: &mut Vec<Arrived>,
        answer: &mut Vec<u8>,
        now_ms: i64,
    ) -> Stored<()> {
        let Phase::Pushing(hello) = self.phase.clone() else {
            arrived.clear();
            return Ok(());
        };
        if arrived.is_empty() {
            return Ok(());
        }
        let Some(mut device) = store.device(hello.device)? else {
            self.stop(answer, StopCode::Unknown, "本机的登记已不在平台上，请重新登记".into());
            return Ok(());
        };
        let mut links = Vec::new();
        let mut accepted = Vec::new();
        for (seq, packed, signature) in arrived.drain(..) {
            if seq <= device.received.seq && !self.settings.planted.applies_twice {
                if store
                    .chain(device.id, seq)?
                    .is_some_and(|known| Some(known) == link_of(store, &device, seq, &packed))
                {
                    continue;
                }
                self.stop(answer, StopCode::Fork, "同一编号的上报内容与平台已收到的不同，请重新登记".into());
                break;
            }
            if seq != device.received.seq + 1 && !self.settings.planted.applies_twice {
                self.stop(answer, StopCode::Malformed, "上报内容的编号不连续，请重新同步".into());
                break;
            }
            let place = device_link(&device.received, seq, &packed);
            let proven = match (signature, &hello.push) {
                (Some(signature), _) => keys::verify(&device.verify, SIGNED_PARCEL, &[&place.hash], &signature),
                (None, Some(push)) => *push == Newest::of(&place),
                (None, None) => false,
            };
            if !proven {
                self.stop(answer, StopCode::Unknown, "上报内容的签名与登记的设备不符，未接收".into());
                break;
            }
            // What cannot be read is not taken in: the client keeps it until one of the two was upgraded.
            let parcel = match codec::unpack(&packed, &codec::Limits::default()) {
                Ok(parcel) => parcel,
                Err(error) => {
                    self.stop(answer, StopCode::Malformed, error.to_string());
                    break;
                }
            };
            device.received = place;
            links.push(place);
            accepted.push((seq, packed, parcel));
        }
        store.note_chain(device.id, &links, stamp(now_ms))?;
        self.take_in(store, &mut device, accepted, now_ms)?;
        store.note_device(&device)?;
        if !links.is_empty() {
            Frame::Ack { received: device.received.seq }.write(answer);
        }
        Ok(())
    }

    /// Decides complete groups, keeps the rest.
    fn take_in(
        &mut self,
        store: &dyn Province,
        device: &mut Device,
        accepted: Vec<(u64, Vec<u8>, Parcel)>,
        now_ms: i64,
    ) -> Stored<()> {
        let Some((first, _, _)) = accepted.first() else { return Ok(()) };
        let mut waiting: Vec<(u64, Vec<u8>, Parcel)> = Vec::new();
        let was_staged = *first > device.settled + 1;
        if was_staged {
            for (seq, packed) in store.staged(device.id)? {
                let parcel = codec::unpack(&packed, &codec::Limits::default());
                let parcel = parcel.map_err(|error| StoreFault::Broken(format!("staged parcel {seq}: {error}")))?;
                waiting.push((seq, packed, parcel));
            }
        }
        // A device of one scope writes nowhere else: when that is kept from others first, nothing has to be read again.
        if let [scope] = device.writes[..]
            && accepted.iter().any(|(_, _, parcel)| parcel.last)
        {
            store.lock(&[scope])?;
        }
        foresee(store, waiting.iter().chain(&accepted).map(|(_, _, parcel)| parcel))?;
        for (seq, packed, parcel) in accepted {
            let last = parcel.last;
            waiting.push((seq, packed, parcel));
            if last || self.settings.planted.tears_groups {
                decide::decide(store, device, &waiting, &self.settings, now_ms)?;
                device.settled = seq;
                self.brought.groups += 1;
                self.brought.ops += waiting.iter().map(|(_, _, parcel)| parcel.ops.len() as u64).sum::<u64>();
                waiting.clear();
            }
        }
        if was_staged {
            store.unstage(device.id)?;
        }
        for (seq, packed, _) in &waiting {
            store.stage(device.id, *seq, packed)?;
        }
        Ok(())
    }
}

/// Tells the store at once what deciding these parcels one by one will ask of it.
fn foresee<'p>(store: &dyn Province, parcels: impl Iterator<Item = &'p Parcel>) -> Stored<()> {
    let (mut groups, mut records) = (Vec::new(), Vec::new());
    for parcel in parcels {
        groups.push(parcel.group.id);
        records.extend(parcel.ops.iter().map(|proposal| (proposal.op.entity.clone(), proposal.op.record)));
    }
    store.preload_decided(&groups)?;
    store.preload(&records)
}

/// Does the client's chain part from ours at a place that both know?
fn is_another_book(store: &dyn Province, device: &Device, hello: &Hello, carried: bool) -> Stored<bool> {
    let known = if hello.settled == 0 { Some([0; 32]) } else { store.chain(device.id, hello.settled)? };
    if known.is_some_and(|hash| mark(&hash) != hello.settled_mark) {
        return Ok(true);
    }
    // The book's newest parcel is older than what we hold of it: it was restored from a backup.
    let newest = hello.push.map_or(hello.settled, |place| place.seq);
    if newest < device.received.seq && !carried {
        return Ok(true);
    }
    match hello.push {
        Some(push) => Ok(pull::held(store, device.id, push.seq)?.is_some_and(|held| held != push)),
        None => Ok(false),
    }
}

/// Did we settle what the client calls settled before we were restored from a backup? It is not here, or came here at
/// another time than the client was told: in a package that was written before, say.
fn is_of_another_life(store: &dyn Province, device: &Device, hello: &Hello) -> Stored<bool> {
    if hello.settled > device.received.seq {
        return Ok(true);
    }
    let Some(told) = hello.stamp.filter(|told| *told > 0) else { return Ok(false) };
    Ok(store.stamp(device.id, hello.settled)?.is_some_and(|known| known != told))
}

fn link_of(store: &dyn Province, device: &Device, seq: u64, packed: &[u8]) -> Option<[u8; 32]> {
    let before = match seq.checked_sub(1)? {
        0 => Place::default(),
        earlier => Place { seq: earlier, hash: store.chain(device.id, earlier).ok()?? },
    };
    Some(device_link(&before, seq, packed).hash)
}
