//! The signature of a push (`WebSub` §8): an HMAC over the body, by the crates that also TLS libraries stand on.

use hmac::{Hmac, KeyInit, Mac};

use crate::model::Secret;

/// Whether `X-Hub-Signature: method=hex` is what the key makes of the body. Hubs in use sign with SHA-1 still, which
/// is sound within an HMAC.
#[must_use]
pub fn is_signed(secret: &Secret, signature: &str, body: &[u8]) -> bool {
    let Some((method, digits)) = signature.trim().split_once('=') else { return false };
    let Some(stated) = bytes(digits) else { return false };
    match method {
        "sha1" => verify::<Hmac<sha1::Sha1>>(secret, &stated, body),
        "sha256" => verify::<Hmac<sha2::Sha256>>(secret, &stated, body),
        "sha384" => verify::<Hmac<sha2::Sha384>>(secret, &stated, body),
        "sha512" => verify::<Hmac<sha2::Sha512>>(secret, &stated, body),
        _ => false,
    }
}

/// Compares in constant time.
fn verify<M: Mac + KeyInit>(secret: &Secret, stated: &[u8], body: &[u8]) -> bool {
    let mac = <M as KeyInit>::new_from_slice(secret.expose().as_bytes());
    mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(stated).is_ok())
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2)).collect()
}
