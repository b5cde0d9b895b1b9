//! What everybody may read of a package.

use crate::{
    bytes::{Reader, put_bytes, put_number},
    frame::{FrameError, Mark},
    keys::{PUBLIC_BYTES, PublicKeys},
    scope::{DeviceId, Scope},
};

/// What a head may come to: the stretches of some 100,000 scopes.
pub const MAX_HEAD_BYTES: u64 = 4 << 20;
/// More of a name is not written.
const NAME_CHARACTERS: usize = 200;
const LEAST_STRETCH_BYTES: usize = 10;

/// Which way a package goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ToProvince = 1,
    ToDesk = 2,
}

/// From a place in a sequence to another; the receiver must be at `before` or further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// From 1.
    pub first: u64,
    /// ≥ first.
    pub last: u64,
    /// Of the chain at first − 1.
    pub before: Mark,
}

/// What a package brings and what must have come before it. The frames inside say the same and decide; this is for
/// whoever carries it and for lists of packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brings {
    /// To the province: parcels of the desk. None: it only asks.
    Parcels(Option<Stretch>),
    /// To a desk: entries of the logs it reads.
    Entries(Vec<(Scope, Stretch)>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The desk that wrote it or that it goes to.
    pub device: DeviceId,
    pub sender: PublicKeys,
    pub receiver: PublicKeys,
    /// Counts the packages of the desk or, for a package of the province's own accord, those to the desk.
    pub number: u64,
    /// Number of the package that this one answers.
    pub answers: Option<u64>,
    /// ms since 1970 by the writer's clock; evidence only.
    pub written_ms: i64,
    pub brings: Brings,
    /// What people call the writer. At most 200 characters are written.
    pub from: String,
}

impl Head {
    pub fn way(&self) -> Way {
        match self.brings {
            Brings::Parcels(_) => Way::ToProvince,
            Brings::Entries(_) => Way::ToDesk,
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = vec![self.way() as u8];
        put_number(&mut out, u64::from(self.device.0));
        out.extend_from_slice(&self.sender.to_bytes());
        out.extend_from_slice(&self.receiver.to_bytes());
        put_number(&mut out, self.number);
        out.push(u8::from(self.answers.is_some()));
        put_number(&mut out, self.answers.unwrap_or_default());
        // A clock that stands before 1970 is evidence too.
        out.extend_from_slice(&self.written_ms.to_le_bytes());
        self.brings.write(&mut out);
        let name: String = self.from.chars().take(NAME_CHARACTERS).collect();
        put_bytes(&mut out, name.as_bytes());
        out
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(bytes);
        let way = reader.byte()?;
        let device = DeviceId(reader.small()?);
        let (sender, receiver) = (key(&mut reader)?, key(&mut reader)?);
        let number = reader.number()?;
        let (is_answer, answers) = (reader.byte()?, reader.number()?);
        let written_ms = i64::from_le_bytes(reader.array()?);
        let brings = Brings::read(way, &mut reader)?;
        let from = reader.text()?.to_owned();
        reader.end()?;
        let answers = (is_answer == 1).then_some(answers);
        Ok(Self { device, sender, receiver, number, answers, written_ms, brings, from })
    }
}

impl Brings {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Parcels(stretch) => {
                put_number(out, u64::from(stretch.is_some()));
                stretch.iter().for_each(|stretch| stretch.write(out));
            }
            Self::Entries(stretches) => {
                put_number(out, stretches.len() as u64);
                for (scope, stretch) in stretches {
                    put_number(out, u64::from(scope.0));
                    stretch.write(out);
                }
            }
        }
    }

    fn read(way: u8, reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let count = reader.count(LEAST_STRETCH_BYTES)?;
        match (way, count) {
            (1, 0) => Ok(Self::Parcels(None)),
            (1, 1) => Ok(Self::Parcels(Some(Stretch::read(reader)?))),
            (2, _) => {
                let stretches = (0..count).map(|_| Ok((Scope(reader.small()?), Stretch::read(reader)?)));
                stretches.collect::<Result<_, _>>().map(Self::Entries)
            }
            _ => Err(FrameError::Malformed),
        }
    }
}

impl Stretch {
    fn write(&self, out: &mut Vec<u8>) {
        put_number(out, self.first);
        put_number(out, self.last);
        out.extend_from_slice(&self.before);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let stretch = Self { first: reader.number()?, last: reader.number()?, before: reader.array()? };
        if stretch.first == 0 || stretch.first > stretch.last {
            return Err(FrameError::Malformed);
        }
        Ok(stretch)
    }
}

fn key(reader: &mut Reader<'_>) -> Result<PublicKeys, FrameError> {
    PublicKeys::from_bytes(reader.take(PUBLIC_BYTES)?).map_err(|_| FrameError::Malformed)
}
