//! What an administrator does at the server's own machine. Each is a function; the words around them are in the
//! program's `main`.

use crate::signed::{hex, unhex};
use std::path::Path;
use suanpan_model::schema::Schema;
use suanpan_store::province::{Enrolment, NewProvince, ProvinceStore};
use suanpan_sync::{
    keys::SecretKeys,
    scope::{Digest, Scope},
    server::store::{StoreFault, Stored},
};

/// Where the province's secret is kept in the store when no file is named for it.
const SECRET: &str = "secret";
/// Letters and digits that cannot be mistaken for one another over the telephone.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const CODE_LETTERS: usize = 12;

/// Makes the store a province's: its keys follow from `seed`.
pub fn init(store: &ProvinceStore, name: &str, division: Scope, seed: [u8; 32]) -> Stored<SecretKeys> {
    if let Some(known) = store.province()? {
        return Err(StoreFault::Broken(format!("这里已经是“{}”的平台", known.name)));
    }
    let keys = SecretKeys::from_seed(seed);
    let public_keys = hex(&keys.public().to_bytes());
    store.init(&NewProvince { name: name.into(), division, public_keys })?;
    store.put_meta(SECRET, &hex(&seed))?;
    Ok(keys)
}

/// The province's keys: from `file` when it is given, else from the store.
pub fn keys(store: &ProvinceStore, file: Option<&Path>) -> Stored<SecretKeys> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| StoreFault::Unavailable(format!("读取密钥文件“{}”失败：{error}", path.display())))?,
        None => store.meta(SECRET)?.ok_or_else(|| StoreFault::Broken("平台尚未建立，请先运行 init".into()))?,
    };
    let seed = unhex(text.trim()).and_then(|seed| seed.try_into().ok());
    seed.map(SecretKeys::from_seed).ok_or_else(|| StoreFault::Broken("密钥不合规".into()))
}

/// Gives out a one-time code for a desk at `home`, which also reads and writes `below`. `dice`: random bytes.
pub fn enrol(
    store: &ProvinceStore,
    name: &str,
    home: Scope,
    below: &[Scope],
    expires_ms: i64,
    dice: [u8; 16],
) -> Stored<String> {
    let province = store.province()?.ok_or_else(|| StoreFault::Broken("平台尚未建立，请先运行 init".into()))?;
    let code: String =
        dice[..CODE_LETTERS].iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let mut writes = vec![home];
    writes.extend(below.iter().filter(|scope| **scope != home));
    let mut reads = writes.clone();
    if !reads.contains(&province.division) {
        reads.push(province.division);
    }
    let code_hash = code_hash(&code);
    store.put_enrolment_code(&Enrolment { code_hash, name: name.into(), home, reads, writes, expires_ms })?;
    Ok(code.as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join("-"))
}

/// The hash under which a code is kept; dashes and case do not count.
pub fn code_hash(code: &str) -> Digest {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    blake3::derive_key("suanpan 2026 enrolment code", plain.as_bytes())
}

/// 区划 below `home` by their codes: townships of a county, counties and townships of a prefecture.
pub fn below(schema: &Schema, home: Scope) -> Vec<Scope> {
    let code = home.to_string();
    let prefix = code.trim_end_matches('0');
    let width = [2, 4, 6, 9].into_iter().find(|width| prefix.len() <= *width).unwrap_or(9);
    let prefix = &code[..width];
    let Some(divisions) = schema.codes.set("division") else { return Vec::new() };
    let scopes = divisions.items.iter().filter(|item| item.code.starts_with(prefix));
    scopes.filter_map(|item| Scope::of(&item.code)).filter(|scope| *scope != home).collect()
}
