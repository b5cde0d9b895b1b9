//! The `.spx` file: frames of the ordinary conversation, carried by hand. Sealed to its receiver, signed by its sender;
//! whoever carries it can read from whom to whom it goes and nothing else.
//!
//! Layout: the head ([`Head`]) with its length before it, the sealed body, the signature over both. All of it is checked
//! before a byte of the body is given out, so a package that was altered changes nothing.

mod seal;

use crate::{
    bytes::{Reader, put_bytes, put_number},
    frame::FrameError,
    keys::{self, PUBLIC_BYTES, PublicKeys, SecretKeys},
    scope::DeviceId,
};

const MAGIC: &[u8; 8] = b"SUANPKG\x01";
const SIGNED_PACKAGE: &str = "suanpan package";
const SIGNATURE_BYTES: usize = 64;
/// What a package may hold; a stick carries more, a book is not sent this way.
pub const MAX_BYTES: usize = 1 << 30;
const MAX_HEAD_BYTES: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    #[error("这不是算盘的同步包（.spx），请选择从平台或乡镇带来的包")]
    NotAPackage,
    #[error("同步包由更新版本的算盘写成，请先升级本程序")]
    TooNew,
    #[error("同步包不完整（只有 {0} 字节），可能没有拷完；请在原来的电脑上重新写入U盘")]
    Truncated(usize),
    #[error("同步包已损坏或被改动过，没有读入任何内容；请重新写入U盘")]
    Tampered,
    #[error("同步包是给“{0}”的，不是给本机的，请送到收件方")]
    NotForUs(String),
    #[error("不认识同步包的寄件方（指纹 {0}），没有读入任何内容；请核对它是否来自本省平台或已登记的电脑")]
    UnknownSender(String),
    #[error("同步包过大")]
    TooLarge,
}

/// Which way a package goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ToProvince = 1,
    ToDesk = 2,
}

/// What everybody may read of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub way: Way,
    /// The desk that wrote it or that it goes to.
    pub device: DeviceId,
    pub sender: PublicKeys,
    pub receiver: PublicKeys,
    /// Counts the packages of the desk; an answer carries the number of what it answers.
    pub number: u64,
    /// ms since 1970 by the writer's clock; evidence only.
    pub written_ms: i64,
    /// Parcels that it brings and that must have come before: first and last; 0, 0: none.
    pub parcels: (u64, u64),
    /// What people call the writer.
    pub from: String,
}

impl Head {
    fn write(&self) -> Vec<u8> {
        let mut out = vec![self.way as u8];
        put_number(&mut out, u64::from(self.device.0));
        out.extend_from_slice(&self.sender.to_bytes());
        out.extend_from_slice(&self.receiver.to_bytes());
        for number in [self.number, self.written_ms.unsigned_abs(), self.parcels.0, self.parcels.1] {
            put_number(&mut out, number);
        }
        put_bytes(&mut out, self.from.as_bytes());
        out
    }

    fn read(bytes: &[u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(bytes);
        let way = match reader.byte()? {
            1 => Way::ToProvince,
            2 => Way::ToDesk,
            _ => return Err(FrameError::Malformed),
        };
        let device = DeviceId(reader.small()?);
        let mut key = || -> Result<PublicKeys, FrameError> {
            PublicKeys::from_bytes(reader.take(PUBLIC_BYTES)?).map_err(|_| FrameError::Malformed)
        };
        let (sender, receiver) = (key()?, key()?);
        let (number, written_ms) = (reader.number()?, reader.number()?);
        let written_ms = i64::try_from(written_ms).map_err(|_| FrameError::Malformed)?;
        let parcels = (reader.number()?, reader.number()?);
        let from = reader.text()?.to_owned();
        reader.end()?;
        Ok(Self { way, device, sender, receiver, number, written_ms, parcels, from })
    }
}

/// The bytes of the file. `dice`: 32 random bytes, used once.
pub fn seal(head: &Head, body: &[u8], sender: &SecretKeys, dice: [u8; 32]) -> Vec<u8> {
    let head_bytes = head.write();
    let mut out = MAGIC.to_vec();
    put_bytes(&mut out, &head_bytes);
    seal::seal(&mut out, &head_bytes, body, &head.receiver.seal_to, dice);
    let signature = sender.sign(SIGNED_PACKAGE, &[&out]);
    out.extend_from_slice(&signature);
    out
}

/// The head alone, for whoever carries the package. The signature is checked, so the sender is who it says.
pub fn read_head(bytes: &[u8]) -> Result<Head, PackageError> {
    parts(bytes).map(|(head, _, _)| head)
}

/// Opens a package for its receiver. `knows` says whether the sender is one whose packages are taken.
pub fn open(
    bytes: &[u8],
    receiver: &SecretKeys,
    knows: impl Fn(&Head) -> bool,
) -> Result<(Head, Vec<u8>), PackageError> {
    let (head, head_bytes, sealed) = parts(bytes)?;
    if head.receiver != receiver.public() {
        return Err(PackageError::NotForUs(head.receiver.fingerprint()));
    }
    if !knows(&head) {
        return Err(PackageError::UnknownSender(head.sender.fingerprint()));
    }
    let body = seal::unseal(sealed, head_bytes, receiver).ok_or(PackageError::Tampered)?;
    Ok((head, body))
}

/// Head, its bytes, sealed body; Err unless the signature of the sender holds for all of it.
fn parts(bytes: &[u8]) -> Result<(Head, &[u8], &[u8]), PackageError> {
    if bytes.len() > MAX_BYTES {
        return Err(PackageError::TooLarge);
    }
    let magic = bytes.get(..MAGIC.len()).ok_or(PackageError::NotAPackage)?;
    if magic[..7] != MAGIC[..7] {
        return Err(PackageError::NotAPackage);
    }
    if magic[7] > MAGIC[7] {
        return Err(PackageError::TooNew);
    }
    let truncated = |_| PackageError::Truncated(bytes.len());
    let signed_end = bytes.len().checked_sub(SIGNATURE_BYTES).ok_or(PackageError::Truncated(bytes.len()))?;
    let (signed, signature) = bytes.split_at(signed_end);
    let mut reader = Reader::new(signed.get(MAGIC.len()..).ok_or(PackageError::Truncated(bytes.len()))?);
    let head_bytes = reader.bytes().map_err(truncated)?;
    if head_bytes.len() > MAX_HEAD_BYTES {
        return Err(PackageError::Tampered);
    }
    let sealed = reader.remaining().map_err(truncated)?;
    let head = Head::read(head_bytes).map_err(|_| PackageError::Tampered)?;
    let signature: &[u8; SIGNATURE_BYTES] = signature.try_into().map_err(|_| PackageError::Tampered)?;
    if !keys::verify(&head.sender.verify, SIGNED_PACKAGE, &[signed], signature) {
        return Err(PackageError::Tampered);
    }
    Ok((head, head_bytes, sealed))
}
