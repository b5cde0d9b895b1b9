//! stub
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
#[derive(Clone)]
pub struct SecretKeys {
    signing: SigningKey,
}
impl SecretKeys {
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { signing: SigningKey::from_bytes(&seed) }
    }
    pub fn public(&self) -> PublicKeys {
        PublicKeys { verify: self.signing.verifying_key().to_bytes() }
    }
    pub fn sign(&self, context: &str, parts: &[&[u8]]) -> [u8; 64] {
        self.signing.sign(&msg(context, parts)).to_bytes()
    }
}
fn msg(context: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut m = context.as_bytes().to_vec();
    for p in parts {
        m.extend_from_slice(p);
    }
    m
}
pub fn verify(key: &[u8; 32], context: &str, parts: &[&[u8]], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(key)
        .is_ok_and(|k| k.verify_strict(&msg(context, parts), &Signature::from_bytes(signature)).is_ok())
}
pub struct PublicKeys {
    pub verify: [u8; 32],
}
