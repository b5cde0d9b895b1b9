//! What became of a group that was not plainly accepted, as it is kept and as a frame says it.

use super::FrameError;
use crate::bytes::{Reader, put_bytes, put_number};
use suanpan_model::decide::RefusalCode;
use uuid::Uuid;

/// What became of a group, when it was not plainly accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Parcel that ended the group.
    pub parcel: u64,
    pub group: Uuid,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All of it was so already, or had come by another way: nothing to write, nothing lost.
    AlreadySo,
    /// Nothing of the group took effect; these fields wait for a person.
    Disputed(Vec<DisputedField>),
    /// Nothing of the group took effect; these ops may not be done.
    Refused(Vec<RefusedOp>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputedField {
    /// Place of the op in its group.
    pub op: u32,
    pub field: String,
    /// Record of entity conflict_case.
    pub case: Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedOp {
    pub op: u32,
    pub code: RefusalCode,
    pub field: Option<String>,
    pub message: String,
}

impl Outcome {
    /// As stored with the device and as the body of a frame.
    pub fn write(&self, out: &mut Vec<u8>) {
        put_number(out, self.parcel);
        out.extend_from_slice(self.group.as_bytes());
        match &self.verdict {
            Verdict::AlreadySo => out.push(0),
            Verdict::Disputed(fields) => {
                out.push(1);
                put_number(out, fields.len() as u64);
                for disputed in fields {
                    put_number(out, u64::from(disputed.op));
                    put_bytes(out, disputed.field.as_bytes());
                    out.extend_from_slice(disputed.case.as_bytes());
                }
            }
            Verdict::Refused(ops) => {
                out.push(2);
                put_number(out, ops.len() as u64);
                for refused in ops {
                    put_number(out, u64::from(refused.op));
                    out.push(code_byte(refused.code));
                    put_bytes(out, refused.field.as_deref().unwrap_or_default().as_bytes());
                    put_bytes(out, refused.message.as_bytes());
                }
            }
        }
    }

    /// Of what [`Outcome::write`] gave.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(bytes);
        let outcome = Self::read(&mut reader)?;
        reader.end()?;
        Ok(outcome)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let (parcel, group) = (reader.number()?, Uuid::from_bytes(reader.array()?));
        let verdict = match reader.byte()? {
            0 => Verdict::AlreadySo,
            1 => {
                let count = reader.count(18)?;
                let read = |reader: &mut Reader<'_>| {
                    let (op, field) = (reader.small()?, reader.text()?.to_owned());
                    Ok(DisputedField { op, field, case: Uuid::from_bytes(reader.array()?) })
                };
                Verdict::Disputed((0..count).map(|_| read(reader)).collect::<Result<_, _>>()?)
            }
            2 => {
                let count = reader.count(4)?;
                let read = |reader: &mut Reader<'_>| {
                    let (op, code) = (reader.small()?, code_of(reader.byte()?).ok_or(FrameError::Malformed)?);
                    let field = Some(reader.text()?).filter(|field| !field.is_empty()).map(str::to_owned);
                    Ok(RefusedOp { op, code, field, message: reader.text()?.to_owned() })
                };
                Verdict::Refused((0..count).map(|_| read(reader)).collect::<Result<_, _>>()?)
            }
            _ => return Err(FrameError::Malformed),
        };
        Ok(Self { parcel, group, verdict })
    }
}

const REFUSAL_CODES: &[RefusalCode] =
    &[RefusalCode::Unknown, RefusalCode::BadValue, RefusalCode::Stale, RefusalCode::Forbidden, RefusalCode::InUse];

pub(super) fn code_byte(code: RefusalCode) -> u8 {
    REFUSAL_CODES.iter().position(|known| *known == code).unwrap_or_default() as u8
}

pub(super) fn code_of(byte: u8) -> Option<RefusalCode> {
    REFUSAL_CODES.get(usize::from(byte)).copied()
}
