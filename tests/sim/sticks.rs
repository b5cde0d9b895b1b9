//! Packages on USB sticks: written by a desk, carried late, twice, out of order or damaged, taken in by the province, and
//! the answers carried back, to the desk they are for or to a copy of its book.

use crate::{
    check::{Checked, broken},
    link::Tap,
    province::Crash,
    world::World,
};
use suanpan_sync::{
    client::{self, SessionFault, store::StoreFault},
    frame::{Frame, FrameReader, StopCode},
    package::{Brings, Head, Way, open, seal},
    scope::DeviceId,
    server,
};

/// A package, and the desk whose people carry it.
#[derive(Debug, Clone)]
pub struct Stick {
    desk: usize,
    bytes: Vec<u8>,
    way: Way,
}

impl World {
    pub fn write_stick(&mut self, at: usize) -> Checked {
        if self.desks[at].blocked || self.is_talking(at) {
            return Ok(());
        }
        let (Some(keys), Some(device)) = (self.desks[at].keys, self.device_of(at)) else { return Ok(()) };
        let clock = self.clocks_of(at, self.desk_clock(at));
        let settings = self.desks[at].settings(&self.options);
        let book = &mut self.desks[at].book;
        let session = client::Session::begin(book, keys, settings, clock);
        let mut session = session.map_err(|fault| broken(0, format!("desk {at} cannot pack: {fault}")))?;
        let (parcels, body) =
            session.whole_upload(book).map_err(|fault| broken(0, format!("desk {at} cannot pack: {fault}")))?;
        self.desks[at].packages += 1;
        let head = Head {
            device,
            sender: keys.public(),
            receiver: self.province_keys.public(),
            number: self.desks[at].packages,
            answers: None,
            written_ms: self.now_ms,
            brings: Brings::of_upload(&body).map_err(|fault| broken(0, format!("desk {at} cannot pack: {fault}")))?,
            from: format!("所{at}"),
        };
        let bytes = seal(&head, &body, keys, self.dice.bytes());
        self.tell(|| format!("desk {at} writes a package with parcels {parcels:?}"));
        self.sticks.push(Stick { desk: at, bytes, way: Way::ToProvince });
        self.look_at(at)
    }

    fn device_of(&self, at: usize) -> Option<DeviceId> {
        self.desks[at].book.look(|kept| kept.state.device)
    }

    /// Somebody carries a stick to where it goes; it may stay in the drawer and be carried again.
    pub fn carry_stick(&mut self) -> Checked {
        if self.sticks.is_empty() {
            return Ok(());
        }
        let which = self.dice.below(self.sticks.len());
        let stick = if self.dice.chance(60) { self.sticks.swap_remove(which) } else { self.sticks[which].clone() };
        if self.dice.chance(15) {
            return self.carry_damaged(stick);
        }
        match stick.way {
            Way::ToProvince => self.take_in_at_the_province(&stick),
            Way::ToDesk => self.take_in_at_the_desk(&stick),
        }
    }

    /// 19: a package to which anything was done changes nothing.
    fn carry_damaged(&mut self, mut stick: Stick) -> Checked {
        let at = self.dice.below(stick.bytes.len());
        if self.dice.chance(30) {
            stick.bytes.truncate(at);
        } else {
            stick.bytes[at] ^= 1 << self.dice.below(8);
        }
        let keys = match stick.way {
            Way::ToProvince => Some(self.province_keys),
            Way::ToDesk => self.desks[stick.desk].keys,
        };
        let opened = keys.map(|keys| open(&stick.bytes, keys, |head| Some(head.sender)));
        match opened {
            Some(Ok(_)) => Err(broken(19, format!("a package that was damaged at byte {at} is taken in"))),
            _ => Ok(()),
        }
    }

    fn take_in_at_the_province(&mut self, stick: &Stick) -> Checked {
        let known = |head: &Head| {
            let device = self.office.device(head.device);
            device.filter(|device| device.verify == head.sender.verify).map(|_| head.sender)
        };
        let Ok((head, body)) = open(&stick.bytes, self.province_keys, known) else { return Ok(()) };
        let mut tap = Tap::default();
        tap.push(&body);
        let (now_ms, keys, settings) = (self.now_ms, self.province_keys, self.server_settings());
        let settings = server::Settings { reply_bytes: usize::MAX, ..settings };
        let mut copy = self.office.clone();
        let answer = copy.transaction(Crash::None, &self.journal, &tap.brought, tap.device, now_ms, |store| {
            let mut session = server::Session::carried(settings);
            let mut answer = session.receive(store, &body, now_ms)?;
            while session.is_pulling() {
                let sign = |bytes: &[u8]| keys.sign(server::SIGNED_CHECKPOINT, &[bytes]);
                answer.extend(session.pull(store, &sign, now_ms)?);
            }
            Ok(answer)
        })?;
        let Some(answer) = answer else { return Ok(()) };
        let stop = stop_in(&answer);
        self.tell(|| format!("the province takes in package {} of device {}: {stop:?}", head.number, head.device));
        if stop.is_some() {
            return Ok(());
        }
        self.office = copy;
        self.by_hand.extend(tap.brought.keys().map(|seq| (head.device, *seq)));
        let brings = Brings::of_answer(&body, &answer).map_err(|fault| broken(0, format!("no answer: {fault}")))?;
        let reply = Head {
            device: head.device,
            sender: keys.public(),
            receiver: head.sender,
            number: head.number,
            answers: Some(head.number),
            written_ms: now_ms,
            brings,
            from: "平台".into(),
        };
        let bytes = seal(&reply, &answer, keys, self.dice.bytes());
        self.sticks.push(Stick { desk: stick.desk, bytes, way: Way::ToDesk });
        Ok(())
    }

    fn take_in_at_the_desk(&mut self, stick: &Stick) -> Checked {
        let device = self.device_of(stick.desk);
        let same: Vec<usize> = (0..self.desks.len()).filter(|at| self.device_of(*at) == device).collect();
        let at = self.dice.pick(&same).copied().unwrap_or(stick.desk);
        let Some(keys) = self.desks[at].keys else { return Ok(()) };
        let province = self.province_keys.public();
        let knows = |head: &Head| (Some(head.device) == device).then_some(province);
        let Ok((head, body)) = open(&stick.bytes, keys, knows) else { return Ok(()) };
        if self.dice.chance(10) {
            self.desks[at].book.commits_left = Some(0);
        }
        let mut session = client::Session::carried(keys);
        let received = session.receive(&mut self.desks[at].book, &body);
        self.desks[at].book.commits_left = None;
        self.tell(|| format!("desk {at} takes in answer {}: {received:?}", head.number));
        // A restored province has another log than the one that some packages and books know: refusing is right then.
        if let (Err(SessionFault::Store(StoreFault::Diverged(scope))), false) = (received, self.province_was_restored) {
            return Err(broken(5, format!("desk {at}: what a package brought does not fit its rows in {scope}")));
        }
        self.look_at(at)
    }
}

fn stop_in(answer: &[u8]) -> Option<StopCode> {
    let mut reader = FrameReader::default();
    reader.push(answer);
    while let Ok(Some(frame)) = reader.next_frame() {
        if let Frame::Stop(stop) = frame {
            return Some(stop.code);
        }
    }
    None
}
