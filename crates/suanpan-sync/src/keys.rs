//! Who somebody is: one seed from which a party's two key pairs follow, one to sign and one to be written to. The
//! algorithm stands before every public key, so that SM2/SM3/SM4 can take a place beside these.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use std::fmt;

/// Ed25519 signatures, X25519 + ChaCha20-Poly1305 sealing, blake3 hashing.
pub const ED25519: u8 = 1;
/// Length of [`PublicKeys::to_bytes`].
pub const PUBLIC_BYTES: usize = 65;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("公钥无法识别（可能使用了本程序不支持的算法），请升级程序")]
pub struct UnknownKey;

/// A party's secrets. They are wiped from memory when dropped, and never printed.
#[derive(Clone)]
pub struct SecretKeys {
    signing: SigningKey,
    sealing: x25519_dalek::StaticSecret,
}

/// What others may know of a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKeys {
    /// Ed25519.
    pub verify: [u8; 32],
    /// X25519.
    pub seal_to: [u8; 32],
}

impl SecretKeys {
    /// Both key pairs follow from the seed, each under a name of its own.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(&blake3::derive_key("suanpan 2026 signing key", &seed));
        let sealing = blake3::derive_key("suanpan 2026 sealing key", &seed).into();
        Self { signing, sealing }
    }

    pub fn public(&self) -> PublicKeys {
        let seal_to = x25519_dalek::PublicKey::from(&self.sealing).to_bytes();
        PublicKeys { verify: self.signing.verifying_key().to_bytes(), seal_to }
    }

    /// Signs `parts` for the purpose `context`.
    pub fn sign(&self, context: &str, parts: &[&[u8]]) -> [u8; 64] {
        self.signing.sign(&digest(context, parts)).to_bytes()
    }

    /// What only this party and the holder of `other` can know.
    pub fn agree(&self, other: &[u8; 32]) -> [u8; 32] {
        self.sealing.diffie_hellman(&(*other).into()).to_bytes()
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SecretKeys({})", self.public().fingerprint())
    }
}

impl PublicKeys {
    pub fn to_bytes(&self) -> [u8; PUBLIC_BYTES] {
        let mut bytes = [ED25519; PUBLIC_BYTES];
        bytes[1..33].copy_from_slice(&self.verify);
        bytes[33..].copy_from_slice(&self.seal_to);
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UnknownKey> {
        let (algorithm, keys) = bytes.split_first().ok_or(UnknownKey)?;
        let (verify, seal_to) = keys.split_at_checked(32).ok_or(UnknownKey)?;
        if *algorithm != ED25519 {
            return Err(UnknownKey);
        }
        let array = |half: &[u8]| half.try_into().map_err(|_| UnknownKey);
        Ok(Self { verify: array(verify)?, seal_to: array(seal_to)? })
    }

    /// What two people compare over the telephone: four groups of four letters and digits.
    pub fn fingerprint(&self) -> String {
        let hash = blake3::hash(&self.to_bytes());
        let hex: Vec<String> = hash.as_bytes()[..8].chunks(2).map(|pair| format!("{:02X}{:02X}", pair[0], pair[1])).collect();
        hex.join("-")
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
    }
}
