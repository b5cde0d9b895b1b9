//! Who somebody is: one seed from which a party's two key pairs follow, one to sign and one to be written to. The
//! algorithm stands before every public key, so that SM2/SM3/SM4 can take a place beside these.
//!
//! What a party must be able to do with its secrets is [`Holder`]; [`SecretKeys`] does it in memory, a UKey would do it
//! in hardware. Where seeds come from and where they are kept is not decided here.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use std::{fmt, str::FromStr};
use zeroize::{Zeroize, Zeroizing};

/// Length of [`PublicKeys::to_bytes`].
pub const PUBLIC_BYTES: usize = 65;

/// What a party signs, hashes and seals with; its number is the first byte of a public key. 2 is kept for SM2, SM3, SM4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Algorithm {
    /// Ed25519 signatures, X25519 + ChaCha20-Poly1305 sealing, blake3 hashing.
    Ed25519 = 1,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("公钥无法识别（可能使用了本程序不支持的算法），请升级程序")]
pub struct UnknownKey;

/// Somebody who can use a party's secrets, wherever they are kept.
pub trait Holder {
    fn public(&self) -> PublicKeys;

    /// Signs `parts` for the purpose `context`.
    fn sign(&self, context: &str, parts: &[&[u8]]) -> [u8; 64];

    /// What only this party and the holder of `other` can know. None: `other` is a key with which everybody would.
    fn agree(&self, other: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>>;
}

/// A party's secrets in memory. They are wiped when dropped, and never printed.
#[derive(Clone)]
pub struct SecretKeys {
    signing: SigningKey,
    sealing: x25519_dalek::StaticSecret,
}

/// What others may know of a party. Made by a [`Holder`] or read and checked from bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublicKeys {
    pub algorithm: Algorithm,
    /// Ed25519.
    pub verify: [u8; 32],
    /// X25519.
    pub seal_to: [u8; 32],
}

impl SecretKeys {
    /// Both key pairs follow from the seed, each under a name of its own.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        let signing = Zeroizing::new(blake3::derive_key("suanpan 2026 signing key", &*seed));
        let mut sealing = blake3::derive_key("suanpan 2026 sealing key", &*seed);
        let keys = Self { signing: SigningKey::from_bytes(&signing), sealing: sealing.into() };
        sealing.zeroize();
        keys
    }

    pub fn public(&self) -> PublicKeys {
        let seal_to = x25519_dalek::PublicKey::from(&self.sealing).to_bytes();
        PublicKeys { algorithm: Algorithm::Ed25519, verify: self.signing.verifying_key().to_bytes(), seal_to }
    }

    /// Signs `parts` for the purpose `context`.
    pub fn sign(&self, context: &str, parts: &[&[u8]]) -> [u8; 64] {
        self.signing.sign(&digest(context, parts)).to_bytes()
    }
}

impl Holder for SecretKeys {
    fn public(&self) -> PublicKeys {
        self.public()
    }

    fn sign(&self, context: &str, parts: &[&[u8]]) -> [u8; 64] {
        self.sign(context, parts)
    }

    fn agree(&self, other: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        let agreed = self.sealing.diffie_hellman(&(*other).into());
        agreed.was_contributory().then(|| Zeroizing::new(agreed.to_bytes()))
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SecretKeys({})", self.public().fingerprint())
    }
}

impl PublicKeys {
    pub fn to_bytes(&self) -> [u8; PUBLIC_BYTES] {
        let mut bytes = [self.algorithm as u8; PUBLIC_BYTES];
        bytes[1..33].copy_from_slice(&self.verify);
        bytes[33..].copy_from_slice(&self.seal_to);
        bytes
    }

    /// Err for another length or algorithm, and for keys that protect nothing (points of small order).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UnknownKey> {
        let bytes: &[u8; PUBLIC_BYTES] = bytes.try_into().map_err(|_| UnknownKey)?;
        let half = |at: usize| -> [u8; 32] { std::array::from_fn(|place| bytes[at + place]) };
        let (verify, seal_to) = (half(1), half(33));
        let strong = VerifyingKey::from_bytes(&verify).is_ok_and(|key| !key.is_weak());
        // Any secret will do: with a point of small order every one comes to the same.
        let agreed = SecretKeys::from_seed([0; 32]).agree(&seal_to);
        if bytes[0] != Algorithm::Ed25519 as u8 || !strong || agreed.is_none() {
            return Err(UnknownKey);
        }
        Ok(Self { algorithm: Algorithm::Ed25519, verify, seal_to })
    }

    /// What two people compare over the telephone: four groups of four letters and digits.
    pub fn fingerprint(&self) -> String {
        let hash = blake3::hash(&self.to_bytes());
        let hex: Vec<String> =
            hash.as_bytes()[..8].chunks(2).map(|pair| format!("{:02X}{:02X}", pair[0], pair[1])).collect();
        hex.join("-")
    }
}

/// All of it in hex, to be copied.
impl fmt::Display for PublicKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl FromStr for PublicKeys {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let digits = text.trim().as_bytes();
        let value = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
        let byte = |pair: &[u8]| Some(value(pair[0])? << 4 | value(*pair.get(1)?)?);
        let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
        Self::from_bytes(&bytes.ok_or(UnknownKey)?)
    }
}

/// Did the holder of `key` sign `parts` for this purpose?
pub fn verify(key: &[u8; 32], context: &str, parts: &[&[u8]], signature: &[u8; 64]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(key) else { return false };
    key.verify_strict(&digest(context, parts), &Signature::from_bytes(signature)).is_ok()
}

/// Lengths are hashed too: no two lists of parts give the same.
fn digest(context: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("suanpan 2026 signed statement");
    for part in std::iter::once(&context.as_bytes()).chain(parts) {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_purpose_its_parts_and_its_key_alone() {
        let (one, two) = (SecretKeys::from_seed([1; 32]), SecretKeys::from_seed([2; 32]));
        let signature = one.sign("purpose", &[b"ab", b"c"]);
        let key = one.public().verify;
        assert!(verify(&key, "purpose", &[b"ab", b"c"], &signature));
        assert!(!verify(&key, "purpose", &[b"a", b"bc"], &signature));
        assert!(!verify(&key, "other", &[b"ab", b"c"], &signature));
        assert!(!verify(&two.public().verify, "purpose", &[b"ab", b"c"], &signature));
        assert_eq!(one.agree(&two.public().seal_to), two.agree(&one.public().seal_to));
    }

    #[test]
    fn public_keys_are_read_back_and_others_are_refused() {
        let public = SecretKeys::from_seed([7; 32]).public();
        let bytes = public.to_bytes();
        assert_eq!(PublicKeys::from_bytes(&bytes), Ok(public));
        assert_eq!(PublicKeys::from_bytes(&bytes[..64]), Err(UnknownKey));
        assert_eq!(PublicKeys::from_bytes(&[[9].as_slice(), &bytes[1..]].concat()), Err(UnknownKey));
        assert_eq!(public.fingerprint().len(), 19);
        assert_eq!(public.to_string().parse(), Ok(public));
        assert_eq!(format!(" {}\n", public.to_string().to_uppercase()).parse(), Ok(public));
        for text in ["", "0", "zz", &public.to_string()[1..]] {
            assert_eq!(text.parse::<PublicKeys>(), Err(UnknownKey), "{text}");
        }
    }

    #[test]
    fn keys_that_protect_nothing_are_refused() {
        let public = SecretKeys::from_seed([7; 32]).public().to_bytes();
        // The neutral element: as an Ed25519 key it verifies what nobody signed, as an X25519 key all agree on zero.
        let (mut signs, mut seals) = (public, public);
        signs[1..33].fill(0);
        signs[1] = 1;
        seals[33..].fill(0);
        assert_eq!(PublicKeys::from_bytes(&signs), Err(UnknownKey));
        assert_eq!(PublicKeys::from_bytes(&seals), Err(UnknownKey));
        assert_eq!(SecretKeys::from_seed([1; 32]).agree(&[0; 32]), None);
    }
}
